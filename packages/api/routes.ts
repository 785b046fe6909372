import type { z } from 'zod'
import type { Plain, Route } from './route.ts'
import { accessRoutes } from './routes/access.ts'
import { agentRoutes } from './routes/agents.ts'
import { allowanceRoutes } from './routes/allowances.ts'
import { auditRoutes } from './routes/audit.ts'
import { backupRoutes } from './routes/backups.ts'
import { appRoutes } from './routes/apps.ts'
import { buildRoutes } from './routes/builds.ts'
import { certificateRoutes } from './routes/certificates.ts'
import { clusterRoutes } from './routes/cluster.ts'
import { credentialRoutes } from './routes/credentials.ts'
import { execRoutes } from './routes/exec.ts'
import { joinRoutes } from './routes/joins.ts'
import { keyRoutes } from './routes/keys.ts'
import { nodeRoutes } from './routes/nodes.ts'
import { oidcRoutes } from './routes/oidc.ts'
import { operationRoutes } from './routes/operations.ts'
import { peopleRoutes } from './routes/people.ts'
import { reachRoutes } from './routes/reach.ts'
import { routingRoutes } from './routes/routing.ts'
import { settingsRoutes } from './routes/settings.ts'
import { vipRoutes } from './routes/vips.ts'
import { storageRoutes } from './routes/storage.ts'
import { teamRoutes } from './routes/teams.ts'

/** The whole API. A route without a role does not compile. */
export const routes = {
  ...accessRoutes,
  ...credentialRoutes,
  ...peopleRoutes,
  ...teamRoutes,
  ...oidcRoutes,
  ...clusterRoutes,
  ...nodeRoutes,
  ...joinRoutes,
  ...settingsRoutes,
  ...vipRoutes,
  ...agentRoutes,
  ...appRoutes,
  ...allowanceRoutes,
  ...buildRoutes,
  ...execRoutes,
  ...reachRoutes,
  ...routingRoutes,
  ...operationRoutes,
  ...storageRoutes,
  ...keyRoutes,
  ...backupRoutes,
  ...certificateRoutes,
  ...auditRoutes,
} as const satisfies Readonly<Record<string, Route>>

export type Routes = typeof routes
export type RouteName = keyof Routes
export type RouteOf<Kind extends Route['kind']> = {
  [Name in RouteName]: Routes[Name] extends { readonly kind: Kind } ? Name : never
}[RouteName]

/** Given as a function: who is sent it once more is sent it from its beginning. */
type Upload<Name extends RouteName> = Routes[Name] extends { readonly upload: string }
  ? { readonly upload: () => AsyncIterable<Uint8Array> }
  : { readonly upload?: never }

/** What a route answers; of a stream one item. */
export type Reply<Name extends RouteName> = Plain<z.infer<Routes[Name]['reply']>>

type Part<Name extends RouteName, Key extends 'params' | 'query' | 'body'> = Routes[Name] extends {
  readonly [K in Key]: infer Schema extends z.ZodType
}
  ? Schema
  : never

/** As it was parsed: what a handler is given. */
export type Parsed<Name extends RouteName, Key extends 'params' | 'query' | 'body'> = Plain<z.infer<Part<Name, Key>>>

/** As a caller writes it. */
type Given<Name extends RouteName, Key extends 'params' | 'query' | 'body'> = Plain<z.input<Part<Name, Key>>>

type Need<Name extends RouteName, Key extends 'params' | 'query' | 'body'> = [Part<Name, Key>] extends [never]
  ? { readonly [K in Key]?: never }
  : object extends Given<Name, Key>
    ? { readonly [K in Key]?: Given<Name, Key> }
    : { readonly [K in Key]: Given<Name, Key> }

/** What a call of a route takes: its params, query and body, and headers such as `if-match`. */
export type Input<Name extends RouteName> = Need<Name, 'params'> &
  Need<Name, 'query'> &
  Need<Name, 'body'> &
  Upload<Name> & { readonly headers?: Readonly<Record<string, string>> }
