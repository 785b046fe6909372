import { isDeepStrictEqual } from 'node:util'
import { appendAudit } from '@atoll/control/audit'
import { deploy, streamPortsOf, streamsService } from '@atoll/deploy'
import type { Context, EnvironmentRecord, Outcome, Release, RunOptions } from '@atoll/deploy'
import type { App } from '@atoll/spec'
import { CommandError } from '../../errors.ts'
import { ensureKeys } from '../keys.ts'
import { loadSystemApp } from '../system-app.ts'
import { readSettings } from '../upgrade/settings.ts'
import { findPlatformRelease } from '../upgrade/standing.ts'
import { judgePorts } from './judge-ports.ts'

export interface PortsRequest {
  /** Ascending. */
  readonly ports: readonly number[]
  readonly author: string
}

export interface ChangedPorts {
  readonly ports: readonly number[]
  /** Absent: they were those already. */
  readonly outcome?: Outcome
}

/**
 * Opens and closes ports for streams: a release of the platform that differs in that service alone. CommandError `no-platform`,
 * `no-ingress`, `platform-too-old`, `ports-refused`.
 */
export const changeStreamPorts = async (
  context: Context,
  { ports, author }: PortsRequest,
  options: RunOptions,
): Promise<ChangedPorts> => {
  const { signal } = options
  const current = await getAble(context, signal)
  const before = streamPortsOf(current)
  await refuse(context, { before, after: ports }, signal)
  const app = await withPorts(context, { current, ports }, signal)
  if (isDeepStrictEqual(before, ports) && !(await isLeft(context, signal))) return { ports }
  await note(context, { author, before, after: ports }, signal)
  const outcome = await deploy(context, { app, secrets: {}, author, acceptsWarnings: true }, options)
  return { ports, outcome }
}

const doing = 'open ports for streams'

const getAble = async (context: Context, signal: AbortSignal): Promise<App> => {
  const current = (await findPlatformRelease(context, signal))?.app
  if (current === undefined) {
    throw new CommandError('no-platform', `${doing}: the platform is not installed here`, { hint: 'run "atoll init"' })
  }
  if (!readSettings(current).hasIngress) {
    const hint = 'run "atoll init --ingress on" first'
    throw new CommandError('no-ingress', `${doing}: no node of this cluster serves routes`, { hint })
  }
  const agent = current.services.find(({ name }) => name === 'agent')
  if (agent?.environment['ATOLL_STREAMS']) return current
  throw new CommandError('platform-too-old', `${doing}: the agents of this platform know of none`, {
    hint: 'run "atoll upgrade", which brings it up to date',
  })
}

const refuse = async (
  context: Context,
  change: Parameters<typeof judgePorts>[0],
  signal: AbortSignal,
): Promise<void> => {
  const seen = { occupancy: await context.engine.occupancy(signal), apps: await listApps(context, signal) }
  const troubles = judgePorts(change, seen)
  if (troubles.length === 0) return
  const isNeeded = troubles.some(({ port }) => change.before.includes(port))
  throw new CommandError(
    'ports-refused',
    `${doing}: ${troubles.map(({ port, why }) => `${port} ${why}`).join('; ')}; nothing was changed`,
    { hint: isNeeded ? 'remove the routes first: "atoll route rm ROUTE"' : 'choose other ports' },
  )
}

/** Of each environment the current release, and the one it is on its way to. */
const listApps = async ({ documents }: Context, signal: AbortSignal): Promise<readonly App[]> => {
  const environments = await documents.list<EnvironmentRecord>('environment', {}, signal)
  const ids = environments.flatMap(({ id, value: { current, running, lastRelease } }) =>
    [...new Set([current, running && lastRelease])].flatMap((number) => (number ? [`${id}.${number}`] : [])),
  )
  const found = await Promise.all(ids.map((id) => documents.find<Release>('release', id, signal)))
  return found.flatMap((release) => release?.value.app ?? [])
}

interface Wanted {
  readonly current: App
  readonly ports: readonly number[]
}

/** All other services stay as they are, whatever build they are of. */
const withPorts = async (context: Context, { current, ports }: Wanted, signal: AbortSignal): Promise<App> => {
  const keys = await ensureKeys(context, signal)
  const image = current.services.find(({ name }) => name === 'agent')?.image ?? ''
  const given = loadSystemApp({ ...readSettings(current), keys, image, streamPorts: ports })
  const others = current.services.filter(({ name }) => name !== streamsService)
  return { ...current, services: [...others, ...given.services.filter(({ name }) => name === streamsService)] }
}

/** A deployment of before did not come to its end. */
const isLeft = async ({ documents }: Context, signal: AbortSignal): Promise<boolean> =>
  (await documents.find<EnvironmentRecord>('environment', 'atoll.system', signal))?.value.running !== undefined

interface Noted {
  readonly author: string
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** It is the platform's own, and so belongs to its audit, though no control does it. */
const note = async (
  { documents, clock }: Context,
  { author, before, after }: Noted,
  signal: AbortSignal,
): Promise<void> => {
  const entry = { by: author, action: 'changeStreamPorts', subject: 'cluster', address: 'an engine' }
  await appendAudit({ documents, clock, log: () => undefined }, { ...entry, before, after }, signal)
}
