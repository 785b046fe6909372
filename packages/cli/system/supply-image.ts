import type { ImageStore } from '@atoll/engine/swarm'
import { isWitness } from '@atoll/plan'
import type { ObservedNode } from '@atoll/plan'
import { CommandError } from '../errors.ts'
import type { ImageArchive } from './image-archive.ts'

/** An image in a file, as far as engines are concerned. */
type ImageFile = Pick<ImageArchive, 'path' | 'reference' | 'architecture'>

/** How the nodes get the image: from a registry, or each from us. */
export interface ImageSupply {
  readonly images: ImageStore
  readonly nodes: readonly ObservedNode[]
  /** `127.0.0.1:5000`; absent: the image goes to every engine. */
  readonly registry?: string
}

/** Nodes the image has to be on, in the order of their names. One that is down gets it when `init` is run again; a witness runs none. */
const readyNodes = ({ nodes }: ImageSupply): readonly ObservedNode[] =>
  nodes.filter((node) => node.state === 'ready' && !isWitness(node)).toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** Throws CommandError `node-not-reached` when nodes would have to be given the image and cannot be. Changes nothing. */
export const checkReach = async (supply: ImageSupply, signal: AbortSignal): Promise<void> => {
  if (supply.registry !== undefined) return
  const reached = await supply.images.reach(signal)
  const lacking = readyNodes(supply).filter(({ id }) => !reached.has(id))
  if (lacking.length === 0) return
  const names = lacking.map(({ name, address }) => `${name} (${address})`).join(', ')
  const engines = lacking.map(({ name, address }) => `--engine ssh://root@${address || name}`).join(' ')
  throw new CommandError('node-not-reached', `give each node the image of the platform: ${names} cannot be reached`, {
    hint: `add ${engines}, or say with --registry where all nodes can pull it from`,
  })
}

/**
 * Sees to it that the nodes can start the image, and gives the reference they do it by: its digest in the registry, or its id
 * in their engines, for which nothing is pulled. CommandError `wrong-processor`, `engines-differ`.
 */
export const supplyImage = async (supply: ImageSupply, archive: ImageFile, signal: AbortSignal): Promise<string> => {
  checkArchitecture(supply, archive)
  return supply.registry === undefined
    ? loadEverywhere(supply, archive, signal)
    : push(supply, { archive, registry: supply.registry }, signal)
}

/** As the nodes name their processors. */
const aliases: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' }

const checkArchitecture = (supply: ImageSupply, { architecture }: ImageFile): void => {
  const other = readyNodes(supply).find((node) => node.architecture !== '' && nameOf(node) !== architecture)
  if (other === undefined) return
  const what = `${other.name} is ${nameOf(other)}, and the image is for ${architecture}`
  throw new CommandError('wrong-processor', `give each node the image of the platform: ${what}`, {
    hint: 'run "atoll image save FILE" on the kind of processor the nodes have, and "atoll init --image FILE" here',
  })
}

const nameOf = ({ architecture }: ObservedNode): string => aliases[architecture] ?? architecture

const push = async (
  { images }: ImageSupply,
  { archive, registry }: { readonly archive: ImageFile; readonly registry: string },
  signal: AbortSignal,
): Promise<string> => {
  const [nodeId] = await images.reach(signal)
  if (nodeId === undefined) throw new CommandError('no-engine', 'push the image of the platform: no engine answers')
  await load(images, { archive, nodeId }, signal)
  return images.publish({ from: archive.reference, to: `${registry}/atoll/system:latest`, nodeId }, signal)
}

/** One after the other: they share our line, and one disk is read. */
const loadEverywhere = async (supply: ImageSupply, archive: ImageFile, signal: AbortSignal): Promise<string> => {
  const { images } = supply
  const ids = new Map<string, string>()
  for (const { id: nodeId, name } of readyNodes(supply)) ids.set(await load(images, { archive, nodeId }, signal), name)
  const [[id] = [], ...others] = [...ids]
  if (id !== undefined && others.length === 0) return id
  const names = [...ids].map(([other, name]) => `${name} calls it ${other}`).join(', ')
  throw new CommandError('engines-differ', `give each node the image of the platform: ${names}`, {
    hint: 'engines keep images in two ways; let all do it in one way ("features" in daemon.json), or use --registry',
  })
}

/** What is there already is not sent again. */
const load = async (
  images: ImageStore,
  { archive, nodeId }: { readonly archive: ImageFile; readonly nodeId: string },
  signal: AbortSignal,
): Promise<string> => {
  const place = { nodeId, reference: archive.reference }
  const known = await images.find(place, signal)
  if (known !== undefined) return known
  await images.load({ path: archive.path, nodeId }, signal)
  const loaded = await images.find(place, signal)
  if (loaded !== undefined) return loaded
  throw new CommandError(
    'not-an-image',
    `load ${archive.path}: the engine has read it, and has no ${archive.reference}`,
  )
}
