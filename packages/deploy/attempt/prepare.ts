import type { App, Service } from '@atoll/spec'
import type { Call } from '../context.ts'
import { RefusedError, renderRef } from '../errors.ts'
import { isSameJson } from '../ledger/ledger.ts'
import { limits } from '../limits.ts'
import { persist } from '../ledger/persist.ts'
import type { Phase, Release } from '../records.ts'
import { resolveImages } from './resolve-images.ts'
import type { ResolvedApp } from './resolve-images.ts'
import { warnOfRoutes } from './unserved-routes.ts'

export interface Prepared extends ResolvedApp {
  readonly phases: readonly Phase[]
}

interface Preparation {
  readonly app: App
  /** Where built images are pushed. */
  readonly registry: string | undefined
  /** What runs. */
  readonly current: Release | undefined
}

/** Builds what is to be built and gives every image by digest where a registry answers. Nothing is changed by it. */
export const prepareImages = async (call: Call, { app, registry, current }: Preparation): Promise<Prepared> => {
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
  const resolved = await measure('resolve', () => resolveImages(call, built, current))
  return { ...resolved, warnings: [...resolved.warnings, ...(await warnOfRoutes(call, app))], phases }
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
