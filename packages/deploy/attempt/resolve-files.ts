import type { Warning } from '@atoll/plan'
import { describeRoute, isPinned } from '@atoll/spec'
import type { App, HttpRoute, Route } from '@atoll/spec'
import type { Call } from '../context.ts'
import type { Release } from '../records.ts'
import { resolveImage } from './resolve-image.ts'
import type { Resolved } from './resolve-image.ts'

interface ResolvedRoutes {
  readonly routes: readonly Route[]
  readonly warnings: readonly Warning[]
}

/** Whose static files, each by digest: the service's own unless the route names another image. Images of services are resolved before. */
export const resolveFiles = async (call: Call, app: App, current: Release | undefined): Promise<ResolvedRoutes> => {
  const known = new Set([
    ...(current?.app.routes ?? []).flatMap((route) => imageOfFiles(route) ?? []),
    ...app.services.map(({ image }) => image),
  ])
  const images = new Map(app.services.map(({ name, image }) => [name, image]))
  const resolved = new Map<string, Resolved>()
  const warnings: Warning[] = []
  const routes: Route[] = []
  for (const route of app.routes ?? []) {
    const image = hasFiles(route) ? (route.static.image ?? images.get(route.service) ?? '') : ''
    // Of a service that was never built nobody knows what it will be.
    if (!hasFiles(route) || image === '') {
      routes.push(route)
      continue
    }
    const found = resolved.get(image) ?? (await resolve(call, image, known))
    resolved.set(image, found)
    if (!isPinned(found.reference)) warnings.push(warn(route, image, found))
    routes.push({ ...route, static: { ...route.static, image: found.reference } })
  }
  return { routes, warnings }
}

/** What is served already, or was just resolved for a service, is not asked for. */
const resolve = async (call: Call, image: string, known: ReadonlySet<string>): Promise<Resolved> =>
  isPinned(image) && known.has(image) ? { reference: image } : resolveImage(call, image, known)

type FilesRoute = HttpRoute & { readonly static: NonNullable<HttpRoute['static']> }

const hasFiles = (route: Route): route is FilesRoute => route.kind === 'http' && route.static !== undefined

export const imageOfFiles = (route: Route): string | undefined => (hasFiles(route) ? route.static.image : undefined)

/** Nodes could serve different files under one name, and nobody could go back to those of before. */
const warn = (route: FilesRoute, image: string, { problem }: Resolved): Warning => ({
  kind: 'image-unavailable',
  service: route.service,
  message: `${describeRoute(route)}: the image of its files, ${image}, has no digest: ${problem?.what ?? 'no registry knows it'}`,
  hint: 'push it to a registry that nodes reach, or name it by its id (docker image inspect -f {{.Id}} IMAGE) where every node has it',
  isBlocking: true,
})
