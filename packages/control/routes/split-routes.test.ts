import { createApp, createRoute, createService } from '@atoll/plan/fixtures'
import type { Route } from '@atoll/spec'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { routedAppOf } from './find-routes.ts'
import type { RoutedApp } from './find-routes.ts'
import { isRequested, isStreamed, takeRoutes } from './split-routes.ts'

const services = ['web', 'db', 'cache']

const toStream = (service: string, listen: number, host?: string): Route => {
  const { targets, balance, timeouts, allow, deny } = createRoute(service, 'x.example.org')
  const rest = { service, targets, balance, timeouts, allow, deny, listen }
  return host === undefined ? { kind: 'tcp', ...rest } : { kind: 'tls', host, ...rest }
}

const toAsking = (service: string, asked: string): Route => {
  const rest = { port: 9000, path: '/', requestHeaders: [], responseHeaders: [], timeoutMs: 5_000 }
  const plain = createRoute(service, 'shop.example.org')
  return plain.kind === 'http' ? { ...plain, forwardAuth: { service: asked, ...rest } } : plain
}

const toCopied = (service: string, to: string): Route => {
  const plain = createRoute(service, 'shop.example.org')
  return plain.kind === 'http' ? { ...plain, mirror: { service: to, port: 80, share: 1 } } : plain
}

const service = fc.constantFrom(...services)
const port = fc.constantFrom(443, 5432, 6379, 8883)
const route = fc.oneof(
  service.map((name) => createRoute(name, 'shop.example.org')),
  fc.tuple(service, service).map(([name, asked]) => toAsking(name, asked)),
  fc.tuple(service, service).map(([name, to]) => toCopied(name, to)),
  fc.tuple(service, port).map(([name, listen]) => toStream(name, listen)),
  fc.tuple(service, port).map(([name, listen]) => toStream(name, listen, 'db.example.org')),
)
const routed = fc.array(route, { maxLength: 6 }).map((routes) =>
  [
    routedAppOf(
      createApp(
        services.map((name) => createService(name)),
        { routes },
      ),
    ),
  ].flatMap((app) => app ?? []),
)
const open = fc.uniqueArray(fc.constantFrom<number>(5432, 6379, 8883))

const routesOf = (apps: readonly RoutedApp[]): readonly Route[] => apps.flatMap(({ routes }) => routes)

it('each route is of one ingress, or of none while its port is closed', () => {
  fc.assert(
    fc.property(routed, open, (apps, ports) => {
      const [requested, streamed] = [takeRoutes(apps, isRequested), takeRoutes(apps, (one) => isStreamed(one, ports))]
      for (const one of routesOf(apps)) {
        const isHere = routesOf(requested).includes(one)
        const isThere = routesOf(streamed).includes(one)
        const isNamed = one.kind === 'http' || (one.kind === 'tls' && one.listen === 443)
        expect([isHere, isThere]).toEqual([isNamed, !isNamed && ports.includes(one.listen)])
      }
    }),
  )
})

it('an app brings what answers those routes or is asked about them and nothing else, so that no other network is joined', () => {
  fc.assert(
    fc.property(routed, open, (apps, ports) => {
      const parts = [takeRoutes(apps, isRequested), takeRoutes(apps, (one) => isStreamed(one, ports))]
      for (const app of parts.flat()) {
        const wanted = new Set(
          app.routes.flatMap((one) => [
            ...one.targets.map((target) => target.service),
            ...(one.kind === 'http' && one.forwardAuth !== undefined ? [one.forwardAuth.service] : []),
            ...(one.kind === 'http' && one.mirror !== undefined ? [one.mirror.service] : []),
          ]),
        )
        expect(app.routes.length).toBeGreaterThan(0)
        expect(Object.keys(app.services).toSorted()).toEqual([...wanted].toSorted())
        expect(Object.keys(app.replicas).toSorted()).toEqual([...wanted].toSorted())
      }
    }),
  )
})
