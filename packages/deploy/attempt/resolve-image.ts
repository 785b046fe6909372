import type { ResolvedImage } from '@atoll/engine'
import type { Warning } from '@atoll/plan'
import type { Call } from '../context.ts'
import { persist } from '../ledger/persist.ts'
import { limits } from '../limits.ts'

/** An image as it is deployed, and what a person should know of it. */
export interface Resolved {
  readonly reference: string
  readonly problem?: Problem
}

interface Problem extends Pick<Warning, 'hint' | 'isBlocking'> {
  readonly what: string
}

/** `known`: what runs already is not asked for. */
export const resolveImage = async (call: Call, image: string, known: ReadonlySet<string>): Promise<Resolved> => {
  if (image.includes('@sha256:') && known.has(image)) return { reference: image }
  const { context, signal } = call
  const found = await persist(call, { doing: `resolve ${image}`, limitMs: limits.engineOutageMs }, () =>
    context.engine.resolveImage(image, signal),
  )
  if (found.kind === 'digest') return { reference: found.reference }
  const same = [...known].find((reference) => reference.startsWith(`${image}@`))
  if (found.kind === 'unresolved' && same !== undefined) return { reference: same, problem: keep(image, found.reason) }
  return { reference: found.reference, problem: describe(image, found) }
}

const keep = (image: string, reason: string): Problem => ({
  what: `image ${image} stays what it is now (${reason})`,
  hint: 'deploy again when its registry answers',
  isBlocking: false,
})

/** Told before harm: an image that cannot be had would only fail once tasks are replaced. */
const describe = (image: string, found: Exclude<ResolvedImage, { readonly kind: 'digest' }>): Problem => {
  if (found.kind === 'missing')
    return {
      what: `image ${image} cannot be had: ${found.reason}`,
      hint: 'check the name and the tag',
      isBlocking: true,
    }
  if (found.isPresent)
    return {
      what: `image ${image} is deployed as written, not by digest (${found.reason})`,
      hint: 'nodes may run different images under this name',
      isBlocking: false,
    }
  return {
    what: `image ${image} cannot be had: no registry answers for it and the manager has no copy (${found.reason})`,
    hint: 'deploy when its registry answers, or with --accept-warnings if every node has it',
    isBlocking: true,
  }
}
