import type { Warning } from '@atoll/plan'
import type { App, Service } from '@atoll/spec'
import type { Call } from '../context.ts'
import { limits } from '../limits.ts'
import type { Release } from '../records.ts'
import { resolveFiles } from './resolve-files.ts'
import { resolveImage } from './resolve-image.ts'
import type { Resolved } from './resolve-image.ts'

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
    const answers = await Promise.all(some.map((image) => resolveImage(call, image, known)))
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
  const pinned = { ...app, services }
  if (app.routes === undefined) return { app: pinned, warnings }
  const files = await resolveFiles(call, pinned, current)
  return { app: { ...pinned, routes: files.routes }, warnings: [...warnings, ...files.warnings] }
}

const toImage = (found: Resolved | undefined): { image?: string } =>
  found === undefined ? {} : { image: found.reference }

const toWarning = ({ name }: Service, found: Resolved | undefined): readonly Warning[] => {
  if (found?.problem === undefined) return []
  const { what, ...rest } = found.problem
  return [{ kind: 'image-unavailable', service: name, message: `${name}: ${what}`, ...rest }]
}
