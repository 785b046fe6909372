import { readStreamPorts } from '@atoll/deploy'
import type { ProofImage } from '@atoll/server'
import type { Cli } from '../cli.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { createDirectCluster } from '../direct/direct-cluster.ts'
import { chooseContext } from '../platform/choose-context.ts'
import type { ChosenContext, TargetFlags } from '../platform/choose-context.ts'
import { openPlatform } from '../platform/open-platform.ts'
import { findProofImage, giveOwnImage } from './proof-image.ts'

/** A cluster that a server joins. */
export interface Joinable extends AsyncDisposable {
  readonly cluster: Cluster
  /** Ports that every node has for streams. */
  readonly streamPorts: (signal: AbortSignal) => Promise<readonly number[]>
  /** An image that every node can start, the new one too. CommandError `image-not-found`. */
  readonly giveImage: (gift: ImageGift, signal: AbortSignal) => Promise<ProofImage>
}

export interface ImageGift {
  /** The node that just joined, and where its engine is reached from here; absent: it runs none. */
  readonly to?: { readonly nodeId: string; readonly socket: string }
  /** `--image`. */
  readonly image?: string
}

/** By its platform where somebody is signed in, else by its engine. */
export const openJoinable = async (cli: Cli, target: TargetFlags): Promise<Joinable> => {
  const chosen = await chooseContext(cli.config, target, cli.signal)
  return chosen === undefined ? openByEngine(cli, target.engine) : openByControl(cli, chosen)
}

const openByEngine = async (cli: Cli, engines: readonly string[] | undefined): Promise<Joinable> => {
  const connection = await cli.connect(engines)
  const registry = connection.registry === undefined ? {} : { registry: connection.registry }
  return {
    // What is left half way is the proof, and that goes whatever happens.
    cluster: createDirectCluster(connection.context, {
      ...registry,
      archive: connection.archive,
      handOver: async () => {},
    }),
    streamPorts: (signal) => readStreamPorts(connection.context.documents, signal),
    giveImage: async ({ to, ...gift }, signal) => {
      await using wider = await cli.connect(engines, { nodes: to === undefined ? [] : [`unix://${to.socket}`] })
      const request = { ...gift, ...registry, ...(to !== undefined && { nodeId: to.nodeId }) }
      return await findProofImage(wider, request, signal)
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

const openByControl = async (cli: Cli, chosen: ChosenContext): Promise<Joinable> => {
  const connection = openPlatform(cli, chosen)
  const { cluster, client } = connection
  return {
    cluster,
    streamPorts: async (signal) => (await client.call('getSettings', {}, signal)).streams.ports,
    giveImage: async ({ to, ...named }, signal) => {
      if (to === undefined) return giveOwnImage({ cluster, ...named }, signal)
      await using node = await cli.connect([`unix://${to.socket}`])
      return await giveOwnImage({ cluster, ...named, to: { images: node.images, nodeId: to.nodeId } }, signal)
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
