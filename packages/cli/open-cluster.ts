import type { Cli, Connection, ConnectOptions } from './cli.ts'
import { chooseContext } from './platform/choose-context.ts'
import type { TargetFlags } from './platform/choose-context.ts'

/** Opens the cluster a person means: by its platform where they are signed in, else by its engine. */
export const openCluster = async (cli: Cli, flags: TargetFlags, options?: ConnectOptions): Promise<Connection> => {
  const chosen = await chooseContext(cli.config, flags, cli.signal)
  if (chosen !== undefined) return (await import('./platform/open-platform.ts')).openPlatform(cli, chosen)
  return (await import('./direct/open-direct.ts')).openDirect(cli, flags.engine, options)
}
