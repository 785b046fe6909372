import { keepProgram } from './keep-program.ts'
import type { KeptProgram, ProgramOptions } from './keep-program.ts'
import { copySocket, mirrorAgentSocket } from './render/mirror.ts'
import type { IngressSettings, RouteTable } from './table.ts'

interface MirrorOptions extends Pick<IngressSettings, 'runFolder'>, Pick<ProgramOptions, 'idleMs'> {
  readonly program: string
  /** What it counts, or says. */
  readonly log: (said: object) => void
}

/** The mirroring agent. */
export const keepMirror = ({ program, runFolder, log, ...rest }: MirrorOptions): KeptProgram => {
  const socket = mirrorAgentSocket({ runFolder })
  return keepProgram({
    ...rest,
    name: 'what sends copies',
    argv: [program, socket, copySocket({ runFolder })],
    socket,
    log: (line) => log(parseCounts(line) ?? { line }),
  })
}

export const hasMirrors = ({ environments }: RouteTable): boolean =>
  environments.some(({ routes }) => routes.some((route) => route.kind === 'http' && route.mirror !== undefined))

/** It counts in JSON, and complains in words. */
const parseCounts = (line: string): object | undefined => {
  try {
    return JSON.parse(line) as object
  } catch {
    return undefined
  }
}
