import type { BuildRequest, ResolvedImage } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { withoutDigest } from './program.ts'
import type { World } from './world.ts'

/** A digest that is always the same for the same name, and looks like one. */
const digestOf = (reference: string): string => {
  let hash = 7
  for (const character of reference) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 0xffffffff
  return `sha256:${hash.toString(16).padStart(8, '0').repeat(8)}`
}

export const resolveFakeImage = (world: World, image: string): ResolvedImage => {
  const script = world.images.get(image) ?? world.images.get(withoutDigest(image))
  const isThere = script?.run.kind !== 'missing'
  if (!world.isRegistryAnswering)
    return { kind: 'unresolved', reference: image, reason: 'no registry answers', isPresent: isThere }
  if (!isThere) return { kind: 'missing', reference: image, reason: 'the registry has no such tag' }
  return { kind: 'digest', reference: image.includes('@') ? image : `${image}@${digestOf(image)}` }
}

/** A build whose Dockerfile is named `broken` fails. */
export const buildFakeImage = ({ build, reference, onLine }: BuildRequest): string => {
  onLine(`building ${build.context}`)
  if (build.dockerfile === 'broken') {
    throw new EngineError('invalid', `build ${build.context}: the Dockerfile is broken; see the lines above`)
  }
  onLine(`pushed ${reference}`)
  return `${reference}@${digestOf(reference)}`
}
