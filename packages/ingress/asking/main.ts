import { runAgent } from './run-agent.ts'

/** Asks what HAProxy wants to know of requests, for the folder that its arguments name, until it is told to stop or its parent is gone. */
const [, , runFolder = '', maxConnections = ''] = process.argv

const log = (line: string): void => void process.stderr.write(`${line}\n`)
const agent = await runAgent({ runFolder, maxConnections: Number(maxConnections), log })
const stop = (): void => void agent[Symbol.asyncDispose]().then(() => process.exit())
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, stop)
process.stdin.on('end', stop).resume()
