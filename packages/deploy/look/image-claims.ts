import { repositoryOf } from '@atoll/engine'
import type { ImageClaims } from '@atoll/engine'
import type { Document } from '@atoll/store'
import type { Context } from '../context.ts'
import { imageOfFiles } from '../attempt/resolve-files.ts'
import { collections } from '../ledger/ledger.ts'
import { limits } from '../limits.ts'
import type { EnvironmentRecord, Release } from '../records.ts'

/**
 * Which images nobody may remove: those of every service, and of the releases one can go back to in every environment. Throws
 * StoreError and EngineError: who does not know all of them knows none.
 */
export const claimImages = async (
  { engine, documents }: Pick<Context, 'engine' | 'documents'>,
  signal: AbortSignal,
): Promise<ImageClaims> => {
  const [environments, releases, deployed] = await Promise.all([
    documents.list<EnvironmentRecord>(collections.environment, {}, signal),
    documents.list<Release>(collections.release, {}, signal),
    engine.serviceImages(signal),
  ])
  const current = new Map(environments.map(({ id, value }) => [id, value.current]))
  const kept = [...Map.groupBy(releases, environmentOf)].flatMap(([id, own]) => keep(own, current.get(id)))
  const named = releases.flatMap(({ value }) => imagesOf(value))
  return {
    needed: unique([...deployed, ...kept.flatMap(imagesOf)]),
    repositories: unique([...deployed, ...named].flatMap((image) => repositoryOf(image) ?? [])),
  }
}

/** `shop.production.7` is of `shop.production`. */
const environmentOf = ({ id }: Document<Release>): string => id.slice(0, id.lastIndexOf('.'))

/** The same that keep their configs and secrets in the engine. */
const keep = (releases: readonly Document<Release>[], current: number | undefined): readonly Release[] =>
  releases
    .map(({ value }) => value)
    .toSorted((a, b) => b.number - a.number)
    .filter(({ number }, index) => index < limits.keptReleases || number === current)

const imagesOf = ({ app: { services, routes = [] } }: Release): readonly string[] => [
  ...services.map(({ image }) => image),
  ...routes.flatMap((route) => imageOfFiles(route) ?? []),
]

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)]
