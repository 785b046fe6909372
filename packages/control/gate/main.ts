import { once } from 'node:events'
import { readGateConfig } from './config.ts'
import { openRelay } from './relay.ts'

const { port, target } = readGateConfig(process.env)
const server = openRelay(target)
server.listen(port)
await once(server, 'listening')
process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event: 'listening', port, target })}\n`)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0))
