import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { ServerError } from './errors.ts'
import type { Json } from './json.ts'

/** daemon.json as an object; keys of it we do not know are kept as they are. */
export type DaemonSettings = Readonly<Record<string, Json>>

export const daemonPath = '/etc/docker/daemon.json'

/**
 * dockerd(8). Logs have a cap, or they fill the disk. Networks of the engine itself come from a small part of 172.16.0.0/12, so
 * that they meet neither Atoll's networks (10.64.0.0/10) nor, likely, those of servers. Live restore is not among them: with it a
 * Swarm does not start.
 */
const wanted: DaemonSettings = {
  'log-driver': 'local',
  'log-opts': { 'max-size': '10m', 'max-file': '3' },
  'default-address-pools': [{ base: '172.20.0.0/14', size: 24 }],
}

export interface MergedSettings {
  readonly settings: DaemonSettings
  /** Whether that differs from what was there. */
  readonly isChanged: boolean
  /** Keys that somebody has set to something else, which stays. */
  readonly kept: readonly string[]
}

/** What stands there is never lost: only what nobody has said is added. */
export function mergeDaemonSettings(present: DaemonSettings): MergedSettings {
  // Options belong to their driver: somebody's own driver takes none of ours.
  const hasOwnDriver = present['log-driver'] !== undefined && present['log-driver'] !== wanted['log-driver']
  const added = Object.entries(wanted).filter(([key]) => !(key in present) && !(hasOwnDriver && key === 'log-opts'))
  return {
    settings: { ...present, ...Object.fromEntries(added) },
    isChanged: added.length > 0,
    kept: Object.keys(wanted).filter((key) => key in present && !isDeepStrictEqual(present[key], wanted[key])),
  }
}

const settingsShape = z.record(z.string(), z.json())

/** `text` is empty where there is no file. Throws ServerError of `server` where it is no JSON object. */
export function parseDaemonSettings(server: string, text: string): DaemonSettings {
  if (text.trim() === '') return {}
  const parsed = settingsShape.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw new ServerError(`${server}: ${daemonPath} is no JSON object`, {
    code: 'command-failed',
    retry: false,
    hint: 'mend it there, or move it away: Docker would not start with it either',
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
