import type { Target } from './relay.ts'

export interface GateConfig {
  readonly port: number
  readonly target: Target
}

/** The only place of the gate that reads the environment: ATOLL_CONTROL is `host:port`, ATOLL_PORT where it listens. */
export const readGateConfig = (env: Readonly<Record<string, string | undefined>>): GateConfig => {
  const control = env['ATOLL_CONTROL'] ?? 'tasks.control:8443'
  const [, host, port] = /^([^:]+):(\d{1,5})$/.exec(control) ?? []
  if (host === undefined) throw new Error(`ATOLL_CONTROL is "${control}": write it as HOST:PORT`)
  return { port: Number(env['ATOLL_PORT'] ?? 8443), target: { host, port: Number(port) } }
}
