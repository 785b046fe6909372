import { runIngress, type configIn } from '@atoll/ingress/bench'

// The program of the ingress at ports of a benchmark; ends when it is told to.
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort(new Error('SIGTERM')))
const config = JSON.parse(process.argv[2] ?? '') as Awaited<ReturnType<typeof configIn>>
await runIngress({ config, writeLine: () => undefined }, stop.signal)
