import { randomUUID } from 'node:crypto'
import { ServerError } from '../errors.ts'
import { writeText } from '../files.ts'
import { runWell } from '../run-well.ts'
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
  const hasServiceManager = (await server.run(['test', '-d', '/run/systemd/system'], { signal })).status === 0
  if (kind === 'power' && !hasServiceManager) throw cannotBoot(server)
  if (kind === 'network') await runWell(server, ['which', 'iptables'], { doing: 'find iptables', signal })
  const id = randomUUID()
  const engine = kind === 'engine' && !hasServiceManager ? await findEngine(server, signal) : ''
  const programs = renderDrill({ id, kind, hasServiceManager, engine })
  await runWell(server, ['mkdir', '--parents', drillFolder], { doing: 'make a folder', signal })
  await take(server, signal)
  try {
    await launch(server, { id, lastsSeconds, hasServiceManager, programs }, signal)
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
const launch = async (
  server: Server,
  { id, lastsSeconds, hasServiceManager, programs }: Launch,
  signal: AbortSignal,
): Promise<void> => {
  const [putBack, strike] = [`${drillFolder}/put-back`, `${drillFolder}/strike`]
  await runWell(server, ['mkdir', `${drillMark}/${id}`], { doing: 'begin the drill', signal })
  await writeText(server, { path: putBack, text: programs.putBack, mode: '700' }, signal)
  await writeText(server, { path: strike, text: programs.strike, mode: '700' }, signal)
  const start = (name: string, argv: readonly string[]) =>
    runWell(server, launchArgv(name, argv, hasServiceManager), { doing: `start ${name}`, signal })
  await start('atoll-put-back', [putBack, String(lastsSeconds + 1)])
  await start('atoll-strike', [strike])
}

/** Takes it back at once; where none goes on nothing is done. */
export const endDrill = async (server: Server, signal: AbortSignal): Promise<void> => {
  const { status } = await server.run(['test', '-e', drillMark], { signal })
  if (status !== 0) return
  await runWell(server, [`${drillFolder}/put-back`], { doing: 'end the drill', signal, timeoutMs: 120_000 })
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
