import { shareConnections } from '../render/agents.ts'
import { agentSocket, askingSocket } from '../render/forward-auth.ts'
import { serveSpop } from '../spop/serve-spop.ts'
import type { IngressSettings } from '../table.ts'
import { createAuthAsker } from './ask-auth.ts'

interface Options extends Pick<IngressSettings, 'runFolder' | 'maxConnections'> {
  readonly log: (line: string) => void
}

/** Who waits, for each that is asked. */
const waitingOfOne = 4

/** Answers what the HAProxy of this folder asks, until it is disposed of. Throws what listening throws. */
export const runAgent = async ({ log, ...settings }: Options): Promise<AsyncDisposable> => {
  const stack = new AsyncDisposableStack()
  const { questions } = shareConnections(settings, { hasQuestions: true, hasCopies: false })
  const limits = { most: questions, mostWaiting: questions * waitingOfOne }
  const { answer } = stack.use(createAuthAsker({ socketPath: askingSocket(settings), limits }))
  stack.use(await serveSpop(agentSocket(settings), { answer, log }))
  return stack
}
