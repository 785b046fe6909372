import type { ImageStore } from '@atoll/engine/swarm'
import type { ProofImage } from '@atoll/server'
import type { EngineConnection } from '../cli.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { CommandError } from '../errors.ts'
import { makeImage, ownArchivePath } from '../system/make-image.ts'
import { checkReach, supplyImage } from '../system/supply-image.ts'
import { systemRef } from '../system/system-app.ts'

interface ImageRequest {
  /** `--image`; has `node` in its path. */
  readonly image?: string
  readonly registry?: string
  /** The node that just joined, whose engine is reached from here; absent: it runs none. */
  readonly nodeId?: string
}

const ownNode = '/atoll/node'

/**
 * What was named; else the image of the platform, which the new node is given where no registry has it; else one made here and
 * given to every engine that is reached.
 */
export const findProofImage = async (
  connection: EngineConnection,
  request: ImageRequest,
  signal: AbortSignal,
): Promise<ProofImage> => {
  if (request.image !== undefined) return { image: request.image, node: 'node' }
  const { services } = await connection.context.engine.observe(systemRef, signal)
  const platform = services.find(({ definition }) => definition !== undefined)?.definition?.image
  if (platform === undefined) return { image: await makeOwn(connection, request, signal), node: ownNode }
  const { nodeId } = request
  if (nodeId !== undefined && isId(platform)) await give(connection, { reference: platform, toNodeId: nodeId }, signal)
  return { image: platform, node: ownNode }
}

/** Of no registry. */
const isId = (image: string): boolean => image.startsWith('sha256:')

const makeOwn = async (
  { images, context }: EngineConnection,
  { registry }: ImageRequest,
  signal: AbortSignal,
): Promise<string> => {
  const nodes = await context.engine.nodes(signal)
  const supply = { images, nodes, ...(registry === undefined ? {} : { registry }) }
  await checkReach(supply, signal)
  return supplyImage(supply, await makeImage(ownArchivePath), signal)
}

interface Gift {
  readonly reference: string
  readonly toNodeId: string
}

const give = async (
  { images }: EngineConnection,
  { reference, toNodeId }: Gift,
  signal: AbortSignal,
): Promise<void> => {
  if ((await images.find({ nodeId: toNodeId, reference }, signal)) !== undefined) return
  for (const fromNodeId of await images.reach(signal)) {
    if (fromNodeId === toNodeId || (await images.find({ nodeId: fromNodeId, reference }, signal)) === undefined)
      continue
    return images.copy({ reference, fromNodeId, toNodeId }, signal)
  }
  throw new CommandError(
    'image-not-found',
    `give the new node the image of the platform: no engine that is reached has it`,
    {
      hint: 'name the engine of a node that has it with --engine, or run "atoll init" again with the new one besides the others',
    },
  )
}

interface OwnGift {
  readonly cluster: Pick<Cluster, 'status'>
  /** `--image`. */
  readonly image?: string
  /** The node that just joined, and its engine; absent: it runs none. */
  readonly to?: { readonly images: ImageStore; readonly nodeId: string }
}

/** Of a control no image is fetched: where no registry has the platform's, it is made here once more, and the same. */
export const giveOwnImage = async ({ cluster, image, to }: OwnGift, signal: AbortSignal): Promise<ProofImage> => {
  if (image !== undefined) return { image, node: 'node' }
  const [service] = (await cluster.status(systemRef, signal)).services
  if (service === undefined)
    throw new CommandError('image-not-found', 'find the image of the platform: it has no service')
  const hint = 'use the version the platform is of, or name the engine of a manager: --engine ssh://root@MANAGER'
  if (to !== undefined) await loadOwnImage(to.images, { reference: service.image, nodeId: to.nodeId, hint }, signal)
  return { image: service.image, node: ownNode }
}

/** The platform's image for a node that can get it from no registry. CommandError `image-not-found` where it is of another version. */
export const loadOwnImage = async (
  images: ImageStore,
  { reference, nodeId, hint }: { readonly reference: string; readonly nodeId: string; readonly hint: string },
  signal: AbortSignal,
): Promise<void> => {
  const isThere = async (): Promise<boolean> => (await images.find({ nodeId, reference }, signal)) !== undefined
  if (!isId(reference) || (await isThere())) return
  await images.load({ path: (await makeImage(ownArchivePath)).path, nodeId }, signal)
  if (!(await isThere())) throw otherVersion(hint)
}

const otherVersion = (hint: string): CommandError =>
  new CommandError('image-not-found', 'give the new node the image of the platform: the one made here is another', {
    hint,
  })
