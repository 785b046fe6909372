import { keepProgram } from './keep-program.ts'
import type { KeptProgram, ProgramOptions } from './keep-program.ts'
import { agentSocket } from './render/forward-auth.ts'
import type { IngressSettings, RouteTable } from './table.ts'

interface AskingOptions
  extends Pick<IngressSettings, 'runFolder' | 'maxConnections'>, Pick<ProgramOptions, 'log' | 'idleMs'> {
  readonly program: string
}

/** The asking agent. */
export const keepAsking = ({ program, runFolder, maxConnections, ...rest }: AskingOptions): KeptProgram =>
  keepProgram({
    ...rest,
    name: 'what asks about requests',
    argv: [program, runFolder, String(maxConnections)],
    socket: agentSocket({ runFolder }),
  })

export const hasQuestions = ({ environments }: RouteTable): boolean =>
  environments.some(({ routes }) => routes.some((route) => route.kind === 'http' && route.forwardAuth !== undefined))
