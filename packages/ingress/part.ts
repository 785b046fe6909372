import type { RefusedPart } from '@atoll/engine'
import { certificatePath } from './render/certificates.ts'
import type { HostCertificate, RoutedEnvironment, RouteTable } from './table.ts'

/** What of a table may be refused by itself, so that the rest is served. */
export type Part =
  | { readonly kind: 'environment'; readonly value: RoutedEnvironment }
  | { readonly kind: 'certificate'; readonly value: HostCertificate }

export const partsOf = ({ environments, certificates }: RouteTable): readonly Part[] => [
  ...certificates.map((value) => ({ kind: 'certificate', value }) as const),
  ...environments.map((value) => ({ kind: 'environment', value }) as const),
]

/** A table with these parts and no others; what is of no part is that of `table`. */
export const joinParts = (table: RouteTable, parts: readonly Part[]): RouteTable => ({
  ...table,
  certificates: parts.flatMap(({ kind, value }) => (kind === 'certificate' ? [value] : [])),
  environments: parts.flatMap(({ kind, value }) => (kind === 'environment' ? [value] : [])),
})

/** As IngressError names parts: `shop/production`, and by its file `certificates/shop.example.org.pem`. */
export const namePart = ({ kind, value }: Part): string =>
  kind === 'certificate' ? certificatePath(value.host) : nameEnvironment(value)

export const nameEnvironment = ({ app, environment }: Pick<RoutedEnvironment, 'app' | 'environment'>): string =>
  `${app}/${environment}`

/** As others are told of it. */
export const describePart = ({ kind, value }: Part): RefusedPart =>
  kind === 'certificate' ? { kind, host: value.host } : { kind, app: value.app, environment: value.environment }
