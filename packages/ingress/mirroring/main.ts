import { serveSpop } from '../spop/serve-spop.ts'
import { createCopyCounter } from './count-copies.ts'
import { createCopySender } from './send-copies.ts'
import { takeCopies } from './take-copies.ts'

/** Takes copies at one unix socket and sends them by another, both named by its arguments, until it is told to stop or its parent is gone. */
const [, , socket = '', socketPath = ''] = process.argv

const limits = { most: 64, mostWaiting: 256 }
const patienceMs = 10_000
const everyMs = 10_000

const writeLine = (line: string): void => void process.stderr.write(`${line}\n`)
const sender = createCopySender({ socketPath, limits, patienceMs })
const counter = createCopyCounter({ everyMs, tell: (counts) => writeLine(JSON.stringify(counts)) })
const serving = await serveSpop(socket, { answer: takeCopies({ sender, counter, log: writeLine }), log: writeLine })

const stop = async (): Promise<void> => {
  await serving[Symbol.asyncDispose]()
  sender[Symbol.dispose]()
  counter[Symbol.dispose]()
  process.exit()
}
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => void stop())
process.stdin.on('end', () => void stop()).resume()
