import { AgentError } from './errors.ts'

/** Everything the agent takes from its environment. The only file that reads it. */
export interface Config {
  /** Where control reaches the agent. */
  readonly socketPath: string
  /** The user the socket belongs to: control's. */
  readonly socketOwner: number
  /** The engine of this node. */
  readonly engine: string
}

type Variables = Readonly<Record<string, string | undefined>>

/** Throws AgentError `config`. */
export const readConfig = (variables: Variables): Config => ({
  socketPath: variables['ATOLL_SOCKET'] || '/run/atoll/agent.sock',
  socketOwner: parseOwner(variables['ATOLL_SOCKET_OWNER'] || '10001'),
  engine: variables['ATOLL_ENGINE'] || 'unix:///var/run/docker.sock',
})

const parseOwner = (text: string): number => {
  const owner = Number(text)
  if (/^\d+$/.test(text) && owner <= 0xff_ff_ff_fe) return owner
  throw new AgentError('config', `read ATOLL_SOCKET_OWNER: "${text}" is no user number`, {
    hint: 'set it to the number of the user control runs as',
  })
}
