import type { ResolvedImage } from '@atoll/engine'
import type { Warning } from '@atoll/plan'
import type { App, Service } from '@atoll/spec'
import type { Call } from '../context.ts'
import { persist } from '../ledger/persist.ts'
import { limits } from '../limits.ts'
import type { Release } from '../records.ts'

/** Every image by digest where that can be known, and what a person should know of the others. */
export interface ResolvedApp {
  readonly app: App
  readonly warnings: readonly Warning[]
}

/** An image whose registry does not answer stays the one that runs, if that has its name: nothing restarts for an outage. */
export const resolveImages = async (call: Call, app: App, current: Release | undefined): Promise<ResolvedApp> => {
  const images = [...new Set(app.services.map(({ image }) => image))]
  const known = new Set(current?.app.services.map(({ image }) => image))
  const resolved = new Map<string, Resolved>()
  // A few at a time: a registry far away answers slowly, and it limits how many ask.
  for (let index = 0; index < images.length; index += limits.imagesAtOnce) {
    const some = images.slice(index, index + limits.imagesAtOnce)
    const answers = await Promise.all(some.map((image) => resolve(call, image, known)))
    some.forEach((image, at) => resolved.set(image, answers[at] ?? { reference: image }))
  }
  const services = app.services.map((service) => ({ ...service, ...toImage(resolved.get(service.image)) }))
  const warnings = app.services.flatMap((service) => toWarning(service, resolved.get(service.image)))
  for (const { name, image } of app.services) {
    const found = resolved.get(image)
    const isResolved = found !== undefined && found.problem === undefined
    const atMs = call.context.clock.now()
    call.onEvent({ kind: 'image', atMs, service: name, reference: found?.reference ?? image, isResolved })
  }
  return { app: { ...app, services }, warnings }
}

interface Resolved {
  readonly reference: string
  readonly problem?: Problem
}

interface Problem extends Pick<Warning, 'hint' | 'isBlocking'> {
  readonly what: string
}

/** `known`: what runs already is not asked for. */
const resolve = async (call: Call, image: string, known: ReadonlySet<string>): Promise<Resolved> => {
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

const toImage = (found: Resolved | undefined): { image?: string } =>
  found === undefined ? {} : { image: found.reference }

const toWarning = ({ name }: Service, found: Resolved | undefined): readonly Warning[] => {
  if (found?.problem === undefined) return []
  const { what, ...rest } = found.problem
  return [{ kind: 'image-unavailable', service: name, message: `${name}: ${what}`, ...rest }]
}
