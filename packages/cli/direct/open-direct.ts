import { createDirectCluster } from './direct-cluster.ts'
import type { Cli, Connection, ConnectOptions } from '../cli.ts'

/** The cluster behind an engine, without anything of ours in between. */
export const openDirect = async (
  cli: Cli,
  engines?: readonly string[],
  options?: ConnectOptions,
): Promise<Connection> => {
  const connection = await cli.connect(engines, options)
  const { context, name, registry } = connection
  return {
    cluster: createDirectCluster(context, {
      registry,
      archive: connection.archive,
      handOver: async (error, secrets) => {
        const { handOver } = await import('./hand-over.ts')
        await handOver(cli, { error, secrets, engines: connection.engines })
      },
    }),
    name,
    title: `engine: ${name}`,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
