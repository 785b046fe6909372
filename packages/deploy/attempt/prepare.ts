import type { App, Service } from '@atoll/spec'
import type { Warning } from '@atoll/plan'
import type { Call } from '../context.ts'
import { RefusedError, renderRef } from '../errors.ts'
import { isSameJson } from '../ledger/ledger.ts'
import { limits } from '../limits.ts'
import { persist } from '../ledger/persist.ts'
import type { Phase } from '../records.ts'

export interface Prepared {
  readonly app: App
  readonly warnings: readonly Warning[]
  readonly phases: readonly Phase[]
}

/** Builds what is to be built and gives every image by digest where a registry answers. Nothing is changed by it. */
export const prepareImages = async (call: Call, app: App, registry: string | undefined): Promise<Prepared> => {
  const phases: Phase[] = []
  const measure = async <T>(name: Phase['name'], step: () => Promise<T>): Promise<T> => {
    const startedAtMs = call.context.clock.now()
    call.onEvent({ kind: 'phase', atMs: startedAtMs, phase: name })
    const result = await step()
    phases.push({ name, startedAtMs, endedAtMs: call.context.clock.now() })
    return result
  }
  const isBuilt = app.services.some((service) => service.build !== undefined)
  const built = isBuilt ? await measure('build', () => buildImages(call, app, registry)) : app
  const resolved = await measure('resolve', () => resolveImages(call, built))
  return { ...resolved, phases }
}

/** One after the other, for building takes all a machine has; the same build of two services is done once. */
const buildImages = async (call: Call, app: App, registry: string | undefined): Promise<App> => {
  const done: { readonly service: Service; readonly image: string }[] = []
  const services: Service[] = []
  for (const service of app.services) {
    const same = done.find(
      (other) => service.image === other.service.image && isSameJson(service.build, other.service.build),
    )
    const image = service.build === undefined ? service.image : (same?.image ?? (await build(call, service, registry)))
    if (service.build !== undefined) done.push({ service, image })
    const { build: _, ...rest } = service
    services.push({ ...rest, image })
  }
  return { ...app, services }
}

const build = (call: Call, service: Service, registry: string | undefined): Promise<string> => {
  const { context, ref, signal, onEvent } = call
  const reference = nameImage(call, service, registry)
  const onLine = (line: string): void =>
    onEvent({ kind: 'build', atMs: context.clock.now(), service: service.name, line })
  if (service.build === undefined) throw new Error('bug: a service without build was to be built')
  const request = { build: service.build, reference, onLine }
  const doing = `build ${service.name} of ${renderRef(ref)}`
  return persist(call, { doing, limitMs: limits.engineOutageMs }, () => context.engine.buildImage(request, signal))
}

/** As compose has it, `image` beside `build` names what is built. */
const nameImage = ({ ref }: Call, { name, image }: Service, registry: string | undefined): string => {
  if (image !== '') return image
  if (registry !== undefined) return `${registry}/${ref.app}/${name}:${ref.environment}`
  throw new RefusedError(`build ${name} of ${renderRef(ref)}: no registry to push to`, {
    hint: 'say which with --registry, or give the service an image name beside its build',
  })
}

export const resolveImages = async (call: Call, app: App): Promise<Omit<Prepared, 'phases'>> => {
  const images = [...new Set(app.services.map(({ image }) => image))]
  const resolved = new Map<string, Resolved>()
  // A few at a time: a registry far away answers slowly, and it limits how many ask.
  for (let index = 0; index < images.length; index += limits.imagesAtOnce) {
    const some = images.slice(index, index + limits.imagesAtOnce)
    const answers = await Promise.all(some.map((image) => resolve(call, image)))
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
  readonly problem?: { readonly reason: string; readonly isMissing: boolean }
}

const resolve = async (call: Call, image: string): Promise<Resolved> => {
  if (image.includes('@sha256:')) return { reference: image }
  const { context, signal } = call
  const found = await persist(call, { doing: `resolve ${image}`, limitMs: limits.engineOutageMs }, () =>
    context.engine.resolveImage(image, signal),
  )
  if (found.kind === 'digest') return { reference: found.reference }
  return { reference: found.reference, problem: { reason: found.reason, isMissing: found.kind === 'missing' } }
}

const toImage = (found: Resolved | undefined): { image?: string } =>
  found === undefined ? {} : { image: found.reference }

/** Told before harm: an image that a registry does not have would only fail once tasks are replaced. */
const toWarning = ({ name, image }: Service, found: Resolved | undefined): readonly Warning[] => {
  if (found?.problem === undefined) return []
  const { isMissing, reason } = found.problem
  const message = isMissing
    ? `${name}: image ${image} cannot be had: ${reason}`
    : `${name}: image ${image} is deployed as written, not by digest (${reason})`
  const hint = isMissing ? 'check the name and the tag' : 'nodes may run different images under this name'
  return [{ kind: 'image-unavailable', service: name, message, hint, isBlocking: isMissing }]
}
