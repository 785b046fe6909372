import { readConfig } from './config.ts'
import { runControl } from './context.ts'

const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort(new Error(name)))

const writeLine = (line: string): void => void process.stdout.write(`${line}\n`)
try {
  const config = readConfig(process.env)
  await runControl({ config, version: config.build ?? '0.1.0', writeLine }, stop.signal)
} catch (error) {
  if (!stop.signal.aborted) {
    writeLine(JSON.stringify({ at: new Date().toISOString(), event: 'failed', error: String(error) }))
    process.exitCode = 1
  }
}
