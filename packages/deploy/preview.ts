import type { Action, Observed, RouteDifference, Warning } from '@atoll/plan'
import { diffRoutes, plan, warnings } from '@atoll/plan'
import type { App, Service } from '@atoll/spec'
import { desire } from './attempt/desire.ts'
import { resolveFiles } from './attempt/resolve-files.ts'
import { resolveImages } from './attempt/resolve-images.ts'
import { warnOfRoutes } from './attempt/unserved-routes.ts'
import type { Call, Context } from './context.ts'
import { getEnvironment, listReleases } from './ledger/ledger.ts'
import { toReader } from './look/reader.ts'
import { isReleased, keepGenerations } from './next-release.ts'
import type { Release } from './records.ts'

/** What a deploy would do now; nothing is built, written or changed by asking. */
export interface Preview {
  /** Number the release would have; the current one's when nothing in it would differ. */
  readonly release: number
  readonly actions: readonly Action[]
  /** What becomes of routes, against the current release. */
  readonly routes: readonly RouteDifference[]
  readonly warnings: readonly Warning[]
  /** Services whose image a deploy would build first; planned with the image there is. */
  readonly builds: readonly string[]
}

/** Plans as `deploy` does, from the same release history and with images by digest where a registry answers. */
export const preview = async (context: Context, app: App, signal: AbortSignal): Promise<Preview> => {
  const ref = { app: app.name, environment: app.environment }
  const call = toReader(context, ref, signal)
  const [{ value }, releases] = await Promise.all([getEnvironment(call), listReleases(call)])
  const current = releases.find((release) => release.number === value.current)
  const observed = await context.engine.observe(ref, signal)
  const resolved = await resolveWithoutBuilding(call, keepGenerations(app, current), { current, observed })
  const next = isReleased(resolved.app, current) ? current : { app: resolved.app, number: value.lastRelease + 1 }
  const desired = desire(next, releases, value.current)
  return {
    release: next.number,
    actions: plan(desired, observed, context.clock.now()),
    routes: diffRoutes(current?.app.routes ?? [], resolved.app.routes ?? []),
    warnings: [...resolved.warnings, ...(await warnOfRoutes(call, app)), ...warnings(desired, observed)],
    builds: app.services.filter((service) => service.build !== undefined).map((service) => service.name),
  }
}

interface Present {
  readonly current: Release | undefined
  readonly observed: Observed
}

/** An image that is still to be built is taken for the one there is: nobody knows before whether it comes out different. */
const resolveWithoutBuilding = async (call: Call, app: App, present: Present) => {
  const built = new Set(app.services.filter(({ build }) => build !== undefined).map(({ name }) => name))
  const { routes, ...rest } = app
  const unbuilt = { ...rest, services: app.services.filter(({ name }) => !built.has(name)) }
  const resolved = await resolveImages(call, unbuilt, present.current)
  const byName = new Map(resolved.app.services.map((service) => [service.name, service]))
  const services = app.services.map((service) => {
    const { build, ...others } = byName.get(service.name) ?? service
    return build === undefined ? others : { ...others, image: findImage(service, present) ?? '' }
  })
  if (routes === undefined) return { app: { ...app, services }, warnings: resolved.warnings }
  const files = await resolveFiles(call, { ...app, services }, present.current)
  return { app: { ...app, services, routes: files.routes }, warnings: [...resolved.warnings, ...files.warnings] }
}

/** What the engine was asked for last goes first: a first deployment, or one under way, is of no release that converged. */
const findImage = ({ name, engineName }: Service, { current, observed }: Present): string | undefined =>
  observed.services.find((service) => service.engineName === engineName)?.definition?.image ??
  current?.app.services.find((service) => service.name === name)?.image
