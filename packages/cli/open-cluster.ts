import type { Cli, Connection, ConnectOptions } from './cli.ts'

export interface ClusterFlags {
  readonly engine?: readonly string[]
}

/** Opens the cluster a person means. */
export const openCluster = async (cli: Cli, flags: ClusterFlags, options?: ConnectOptions): Promise<Connection> =>
  (await import('./direct/open-direct.ts')).openDirect(cli, flags.engine, options)
