import type { ResolvedImage } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { authHeader, registryOf } from './registry-auth.ts'
import type { RegistryAuth } from './registry-auth.ts'
import { distributionReply } from './replies.ts'

/** A registry may be slow to say no; a deploy should not wait longer for something it can do without. */
const registryTimeoutMs = 15_000

/**
 * Asks the image's registry for its digest, through a manager, as `docker service create` does: the manager's view of the
 * registry is the one its Swarm deploys by. `missing` only when a registry answered that it has no such image or will not
 * give it; anything else (no route, no name, a registry in trouble) is `unresolved`. What is given by digest and is here
 * already needs no registry.
 */
export const resolveImage = async (
  api: Api,
  { image, auth }: { readonly image: string; readonly auth: RegistryAuth },
  signal: AbortSignal,
): Promise<ResolvedImage> => {
  if (isPinned(image) && (await isPresent(api, image, signal))) return { kind: 'digest', reference: image }
  if (isId(image)) return { kind: 'missing', reference: image, reason: 'the manager has no image of this id' }
  try {
    const reply = await api.json(
      {
        method: 'GET',
        path: `/distribution/${encodeURI(image)}/json`,
        doing: `ask for image ${image}`,
        headers: await authHeader(auth, image),
        timeoutMs: registryTimeoutMs,
      },
      distributionReply,
      signal,
    )
    return { kind: 'digest', reference: `${stripDigest(image)}@${reply.Descriptor.digest}` }
  } catch (error) {
    if (!(error instanceof EngineError) || signal.aborted) throw error
    if (isMissing(error)) return { kind: 'missing', reference: image, reason: explainMissing(image, error) }
    if (error.code === 'invalid') throw error
    if (error.code === 'unreachable' || error.code === 'no-quorum') throw error
    const isHere = !isPinned(image) && (await isPresent(api, image, signal))
    return { kind: 'unresolved', reference: image, reason: error.message, isPresent: isHere }
  }
}

/** An id says as much as a digest does, and the engine pulls none: what was loaded into it is found by no registry. */
const isId = (image: string): boolean => image.startsWith('sha256:')

const isPinned = (image: string): boolean => image.includes('@sha256:') || isId(image)

const isPresent = async (api: Api, image: string, signal: AbortSignal): Promise<boolean> => {
  try {
    await api.send(
      { method: 'GET', path: `/images/${encodeURI(image)}/json`, doing: `look for image ${image}` },
      signal,
    )
    return true
  } catch (error) {
    if (error instanceof EngineError && error.code === 'not-found') return false
    throw error
  }
}

const stripDigest = (image: string): string => image.replace(/@sha256:[0-9a-f]+$/, '')

const denials = /denied|unauthorized|credentials/i

/** Docker Hub says "denied" both of what is private and of what does not exist; neither can be pulled. */
const isMissing = ({ code, message }: EngineError): boolean =>
  code === 'not-found' || /manifest unknown|name unknown/i.test(message) || denials.test(message)

/** The registry's own words repeat the code they explain, and the request that was made is of no use to a person. */
const explainMissing = (image: string, { message }: EngineError): string => {
  const registry = nameRegistry(image)
  if (denials.test(message)) return `${registry} denies access; if it is there, "docker login" to it first`
  return `${registry} has no such ${/manifest unknown/i.test(message) ? 'tag' : 'image'}`
}

const nameRegistry = (image: string): string => {
  const registry = registryOf(image)
  return registry.includes('://') ? 'Docker Hub' : registry
}
