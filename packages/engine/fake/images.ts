import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
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

/** A build whose Dockerfile is named `broken` fails; a packed one is read as a tar and must hold its Dockerfile. */
export const buildFakeImage = async (
  { build, packed, reference, onLine }: BuildRequest,
  signal: AbortSignal,
): Promise<string> => {
  onLine(`building ${build.context}`)
  if (packed !== undefined && !(await listTar(packed, signal)).includes(build.dockerfile)) {
    throw new EngineError('invalid', `build ${build.context}: there is no ${build.dockerfile} in it`)
  }
  if (build.dockerfile === 'broken') {
    throw new EngineError('invalid', `build ${build.context}: the Dockerfile is broken; see the lines above`)
  }
  onLine(`pushed ${reference}`)
  return `${reference}@${digestOf(reference)}`
}

const listTar = async (tar: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<readonly string[]> => {
  const parser = extract()
  const names: string[] = []
  parser.on('entry', ({ name }, entry, next) => {
    names.push(name)
    // The tar's own end says what is wrong with it.
    entry.on('error', () => undefined)
    entry.on('end', () => next()).resume()
  })
  parser.on('error', () => undefined)
  try {
    await pipeline(Readable.from(tar, { objectMode: false }), parser, { signal })
    return names
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    if (signal.aborted) throw new EngineError('timeout', 'build: stopped', { cause, retry: false })
    throw new EngineError('invalid', `build: it is no tar (${cause instanceof Error ? cause.message : String(cause)})`)
  }
}
