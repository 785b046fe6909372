import { readConfig } from './config.ts'
import { runIngress } from './run-ingress.ts'

const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort(new Error(name)))

const writeLine = (line: string): void => void process.stdout.write(`${line}\n`)
try {
  await runIngress({ config: readConfig(process.env), writeLine }, stop.signal)
} catch (error) {
  if (!stop.signal.aborted) {
    writeLine(JSON.stringify({ time: new Date().toISOString(), event: 'failed', error: String(error) }))
    process.exitCode = 1
  }
}
