import { randomUUID } from 'node:crypto'
import { order } from '../ask.ts'
import type { Place } from '../ask.ts'
import { ServerError } from '../errors.ts'
import { writeText } from '../files.ts'
import { findEngine } from '../start-engine.ts'
import type { Server } from '../server.ts'
import { drillFolder, drillMark, renderDrill } from './render-drill.ts'
import type { DrillKind, DrillPrograms } from './render-drill.ts'

export interface DrillRequest {
  readonly kind: DrillKind
  readonly lastsSeconds: number
}

/**
 * Makes a server fail for a while, a second from now. The server itself puts that back: the timer runs there before anything is
 * done, and a boot ends all of it. ServerError `drilled` while another goes on there, `cannot-drill` for power where nothing but the
 * kernel of the machine around it could boot it, `command-failed`.
 */
export const beginDrill = async (
  server: Server,
  { kind, lastsSeconds }: DrillRequest,
  signal: AbortSignal,
): Promise<void> => {
  const place: Place = { server, signal }
  const hasServiceManager = (await server.run(['test', '-d', '/run/systemd/system'], { signal })).status === 0
  if (kind === 'power' && !hasServiceManager) throw cannotBoot(server)
  if (kind === 'network') await order(place, ['which', 'iptables'], { doing: 'find iptables' })
  const id = randomUUID()
  const engine = kind === 'engine' && !hasServiceManager ? await findEngine(place) : ''
  const programs = renderDrill({ id, kind, hasServiceManager, engine })
  await order(place, ['mkdir', '--parents', drillFolder], { doing: 'make a folder' })
  await take(server, signal)
  try {
    await launch(place, { id, lastsSeconds, hasServiceManager, programs })
  } catch (error) {
    // Nothing fails yet: the program that would make it is started last.
    await server.run(['rm', '--recursive', '--force', drillMark], { timeoutMs: 20_000 }).catch(() => undefined)
    throw error
  }
}

interface Launch {
  readonly id: string
  readonly lastsSeconds: number
  readonly hasServiceManager: boolean
  readonly programs: DrillPrograms
}

/** What ends it runs before what begins it. */
const launch = async (place: Place, { id, lastsSeconds, hasServiceManager, programs }: Launch): Promise<void> => {
  const [putBack, strike] = [`${drillFolder}/put-back`, `${drillFolder}/strike`]
  await order(place, ['mkdir', `${drillMark}/${id}`], { doing: 'begin the drill' })
  await writeText(place, putBack, programs.putBack, '700')
  await writeText(place, strike, programs.strike, '700')
  const start = (name: string, argv: readonly string[]) =>
    order(place, launchArgv(name, argv, hasServiceManager), { doing: `start ${name}` })
  await start('atoll-put-back', [putBack, String(lastsSeconds + 1)])
  await start('atoll-strike', [strike])
}

/** Takes it back at once; where none goes on nothing is done. */
export const endDrill = async (server: Server, signal: AbortSignal): Promise<void> => {
  const { status } = await server.run(['test', '-e', drillMark], { signal })
  if (status !== 0) return
  await order({ server, signal }, [`${drillFolder}/put-back`], { doing: 'end the drill', timeoutMs: 120_000 })
}

/** Nobody else makes the same folder. */
const take = async (server: Server, signal: AbortSignal): Promise<void> => {
  const { status } = await server.run(['mkdir', drillMark], { signal })
  if (status === 0) return
  throw new ServerError(`${server.name}: begin a drill: another goes on there, or was not put back`, {
    code: 'drilled',
    retry: true,
    hint: `"${drillFolder}/put-back" there ends it at once`,
  })
}

const cannotBoot = (server: Server): ServerError =>
  new ServerError(`${server.name}: cut its power: it has no systemd, which would do it and boot again`, {
    code: 'cannot-drill',
    retry: false,
    hint: 'take --kind engine or --kind network',
  })

/** Out of the session that ssh has there, which ends with our connection. */
const launchArgv = (name: string, argv: readonly string[], hasServiceManager: boolean): readonly string[] =>
  hasServiceManager ? ['systemd-run', '--collect', `--unit=${name}`, ...argv] : ['setsid', '--fork', ...argv]
