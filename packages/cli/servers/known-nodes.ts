import type { Cli } from '../cli.ts'
import { InterruptedError } from '../errors.ts'
import { openCluster } from '../open-cluster.ts'
import type { EngineFlags } from '../parameters.ts'
import { note } from '../warn.ts'
import type { KnownNode } from './find-targets.ts'

/** The nodes of the cluster with their labels; none where no cluster is reached, unless somebody said which one. */
export const readKnownNodes = async (cli: Cli, flags: EngineFlags): Promise<readonly KnownNode[]> => {
  try {
    return await askCluster(cli, flags)
  } catch (error) {
    if (cli.signal.aborted || error instanceof InterruptedError) throw error
    if (flags.engine !== undefined || flags.context !== undefined) throw error
    const why = error instanceof Error ? error.message : String(error)
    note(cli, `no cluster is reached, so nodes, addresses and labels are those of the file (${why})`)
    return []
  }
}

const askCluster = async (cli: Cli, flags: EngineFlags): Promise<readonly KnownNode[]> => {
  await using connection = await openCluster(cli, flags, { patienceMs: 0 })
  const { cluster } = connection
  const nodes = await cluster.nodes(cli.signal)
  return await Promise.all(
    nodes.map(async ({ id, name, address }) => ({
      name,
      address,
      labels: (await cluster.node(id, cli.signal)).labels,
    })),
  )
}
