import { readConfig } from './config.ts'
import { runAgent } from './context.ts'

const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())

const writeLine = (line: string): void => void process.stdout.write(`${line}\n`)
try {
  await runAgent({ config: readConfig(process.env), now: Date.now, writeLine }, stop.signal)
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  writeLine(JSON.stringify({ time: new Date().toISOString(), message: 'the agent failed', error: message }))
  process.exitCode = 1
}
