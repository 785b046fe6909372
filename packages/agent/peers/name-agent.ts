/** The name in the certificate of a node's agent; controls have none of this kind. */
export const nameAgent = (nodeId: string): string => `${nodeId}.agent.atoll`

/** Node of an agent by the names of its certificate, as `node:tls` gives them: `DNS:n1.agent.atoll`. */
export const parseAgentNode = (names: string | undefined): string | undefined =>
  /^DNS:([a-z0-9-]+)\.agent\.atoll$/.exec(names ?? '')?.[1]
