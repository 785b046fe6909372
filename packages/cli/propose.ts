import type { Cli } from './cli.ts'
import { openCluster } from './open-cluster.ts'
import { readContexts } from './platform/contexts.ts'
import { findRef } from './project/find-ref.ts'
import { openProject } from './project/load-project.ts'

/** A shell that waits longer for Tab feels broken. */
const timeoutMs = 1_500

/** Services of the compose file in this folder; none where it cannot be read. */
export const proposeServices = (cli: Cli, partial: string): readonly string[] => {
  try {
    return Object.keys(openProject(cli, {}).project.model.services).filter((name) => name.startsWith(partial))
  } catch {
    // Proposals are a convenience: a broken compose file is complained about by the command itself.
    return []
  }
}

/** Apps the engine knows, as `shop/production`; none where it does not answer at once. */
export const proposeApps = async (cli: Cli, partial: string): Promise<readonly string[]> => {
  const signal = AbortSignal.any([cli.signal, AbortSignal.timeout(timeoutMs)])
  try {
    await using connection = await openCluster(cli, {})
    const refs = await connection.cluster.listNames(signal)
    return refs.map((ref) => `${ref.app}/${ref.environment}`).filter((name) => name.startsWith(partial))
  } catch {
    return []
  }
}

/** Routes of the app of this folder, else of all apps; none where the cluster does not answer at once. */
export const proposeRoutes = async (cli: Cli, partial: string): Promise<readonly string[]> => {
  const signal = AbortSignal.any([cli.signal, AbortSignal.timeout(timeoutMs)])
  try {
    const own = findOwnApp(cli)
    await using connection = await openCluster(cli, {})
    const found = (await connection.cluster.listRoutes(signal)).filter(({ app }) => own === undefined || app === own)
    return [...new Set(found.map(({ route }) => route))].filter((route) => route.startsWith(partial))
  } catch {
    return []
  }
}

const findOwnApp = (cli: Cli): string | undefined => {
  try {
    return findRef(cli, {}).app
  } catch {
    // Without a compose file here the app is one that is named.
    return undefined
  }
}

/** Nodes by name; none where the cluster does not answer at once. */
export const proposeNodes = async (cli: Cli, partial: string): Promise<readonly string[]> => {
  const signal = AbortSignal.any([cli.signal, AbortSignal.timeout(timeoutMs)])
  try {
    await using connection = await openCluster(cli, {})
    return (await connection.cluster.listNodeNames(signal)).filter((name) => name.startsWith(partial))
  } catch {
    return []
  }
}

/** Clusters somebody has signed in to from here. */
export const proposeContexts = async ({ config }: Cli, partial: string): Promise<readonly string[]> => {
  try {
    const { contexts } = await readContexts(config.configDir)
    return contexts.map(({ name }) => name).filter((name) => name.startsWith(partial))
  } catch {
    return []
  }
}
