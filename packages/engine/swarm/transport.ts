import type { Agent, ClientRequest, RequestOptions } from 'node:http'
import type { Endpoint } from './endpoint.ts'
import { openSshStream } from './ssh-stream.ts'

// To import it is to read all it exports, and that loads undici for its WebSocket: 25 ms of the start of a command.
const http = process.getBuiltinModule('node:http')

/** Starts HTTP requests to one engine over whatever leads there. */
export interface Transport extends AsyncDisposable {
  start(options: RequestOptions): ClientRequest
}

const maxSockets = 64
const idleMs = 30_000

export const openTransport = (endpoint: Endpoint): Transport => {
  switch (endpoint.kind) {
    case 'unix':
      return overHttp({ socketPath: endpoint.path, host: 'docker' }, new http.Agent(agentOptions))
    case 'tcp':
      return overTcp(endpoint)
    case 'ssh':
      return overSsh(endpoint)
  }
}

const agentOptions = { keepAlive: true, maxSockets, timeout: idleMs }

const overHttp = (target: RequestOptions, agent: Agent): Transport => ({
  start: (options) => http.request({ agent, ...target, ...options }),
  [Symbol.asyncDispose]: () => Promise.resolve(agent.destroy()),
})

const overTcp = ({ host, port, tls }: Extract<Endpoint, { kind: 'tcp' }>): Transport => {
  if (tls === undefined) return overHttp({ host, port }, new http.Agent(agentOptions))
  const https = process.getBuiltinModule('node:https')
  const { isVerified, ...files } = tls
  const agent = new https.Agent({ ...agentOptions, ...files, rejectUnauthorized: isVerified })
  return {
    start: (options) => https.request({ agent, host, port, ...options }),
    [Symbol.asyncDispose]: () => Promise.resolve(agent.destroy()),
  }
}

/** Each connection is one `ssh` process; the agent keeps them for the next request, as a login takes long. */
const overSsh = (endpoint: Extract<Endpoint, { kind: 'ssh' }>): Transport => {
  const agent = new http.Agent({ ...agentOptions, maxSockets: 16 })
  agent.createConnection = () => openSshStream(endpoint)
  return overHttp({ host: 'docker' }, agent)
}
