import { openHealthDoor } from '@atoll/engine/health'
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from './config.ts'
import { doorIn, openDoor } from './door.ts'
import { IngressError } from './errors.ts'
import { keepAsking } from './keep-asking.ts'
import { keepMirror } from './keep-mirror.ts'
import { keepStatic } from './keep-static.ts'
import { readKeptTable } from './kept-table.ts'
import { readOwnNetworks } from './own-networks.ts'
import { staticSocket } from './render/static.ts'
import { createTableKeeper } from './table-keeper.ts'

export interface IngressProgram {
  readonly config: Config
  /** One line of the log, without its end. */
  readonly writeLine: (line: string) => void
  /** Subnets this host is in, as CIDR; as the system says unless told. */
  readonly readNetworks?: () => readonly string[]
}

/**
 * Serves the table that is kept, and every one it is given, until the signal comes. Throws IngressError when HAProxy cannot be
 * run or ends by itself.
 */
export const runIngress = async (
  { config, writeLine, readNetworks = readOwnNetworks }: IngressProgram,
  signal: AbortSignal,
): Promise<void> => {
  const log = (event: string, more: object = {}): void =>
    writeLine(JSON.stringify({ time: new Date().toISOString(), event, ...more }))
  await using files = keepStatic({
    ...config.static,
    socket: staticSocket(config),
    log: (line) => log('static', { line }),
  })
  await using asking = keepAsking({ ...config, ...config.asking, log: (line) => log('asking', { line }) })
  await using mirror = keepMirror({ ...config, ...config.mirror, log: (said) => log('mirroring', said) })
  const programs = { files, asking, mirror }
  const keeper = createTableKeeper(config, { kept: await readKeptTable(config.folder), log, readNetworks, programs })
  await using _door = await openDoor(doorIn(config.folder), keeper)
  await Promise.race([keeper.begun, delay(config.patienceMs, undefined, { signal, ref: false }).catch(() => undefined)])
  signal.throwIfAborted()
  keeper.begin()
  await using haproxy = await keeper.started
  log('serving', { version: keeper.state().version ?? 'nothing' })
  await using _health = await openHealthDoor(config.healthPath, async () => undefined)
  void keeper.followNetworks(signal)
  void keeper.probe(signal)
  void keeper.watchNodes(signal)
  await Promise.race([haproxy.ended, untilAborted(signal)])
  if (!signal.aborted) throw new IngressError('run HAProxy: it has ended', { code: 'not-running', retry: true })
  log('draining')
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
