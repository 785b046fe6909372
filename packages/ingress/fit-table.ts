import type { RouteRefusal } from '@atoll/engine'
import { findRouteConflicts, type Route } from '@atoll/spec'
import { isRefusal } from './errors.ts'
import type { IngressError } from './errors.ts'
import { describePart, joinParts, namePart, partsOf, type Part } from './part.ts'
import type { RouteTable } from './table.ts'

/** What is served of a table, and what of it is not. */
export interface Fitted {
  readonly table: RouteTable
  readonly refused: readonly Refused[]
}

interface Refused {
  readonly part: Part
  readonly refusal: RouteRefusal
}

interface Fitting {
  /** What is served until now. */
  readonly before: Fitted
  /** Throws IngressError `refused` of what HAProxy does not take. */
  readonly check: (table: RouteTable) => Promise<void>
}

/**
 * Serves the most of a table: what HAProxy does not take of it stays as it was before, without keeping anything else back.
 * `serve` throws IngressError `refused`; so does this when all of it is, whatever is left out.
 */
export const serveMost = async <Result>(
  wanted: RouteTable,
  { before, check, serve }: Fitting & { readonly serve: (table: RouteTable) => Promise<Result> },
): Promise<{ readonly fitted: Fitted; readonly result: Result }> => {
  const likely = leaveOutAgain(wanted, before)
  try {
    return { fitted: likely, result: await serve(likely.table) }
  } catch (error) {
    if (!isRefusal(error)) throw error
  }
  const fitted = await fitTable(wanted, { before, check })
  return { fitted, result: await serve(fitted.table) }
}

/** What was refused and is the same is not asked about again, as long as all else is taken. */
const leaveOutAgain = (wanted: RouteTable, before: Fitted): Fitted => {
  const known = new Map(before.refused.map((each) => [contentOf(each.part), each.refusal]))
  const refused: Refused[] = []
  const parts = partsOf(wanted).flatMap((part) => {
    const refusal = known.get(contentOf(part))
    if (refusal === undefined) return [part]
    const older = olderOf(part, before.table, wanted)
    refused.push({ part, refusal: { ...refusal, isKept: older.length > 0 } })
    return older
  })
  return { table: joinParts(wanted, parts), refused }
}

/** All but where its tasks are. */
const contentOf = (part: Part): string =>
  `${namePart(part)} ${JSON.stringify(part.kind === 'certificate' ? part.value : part.value.routes)}`

/** Adds as many parts at once as are taken. A refusal mostly says whose it is; where it does not, halves are tried. */
const fitTable = async (wanted: RouteTable, { before, check }: Fitting): Promise<Fitted> => {
  let taken: readonly Part[] = []
  const refused: Refused[] = []
  const take = async (parts: readonly Part[]): Promise<IngressError | undefined> => {
    const next = [...taken, ...parts]
    try {
      await check(joinParts(wanted, next))
      taken = next
      return undefined
    } catch (error) {
      if (isRefusal(error)) return error
      throw error
    }
  }
  const settle = async (parts: readonly Part[]): Promise<void> => {
    const error = await take(parts)
    const [part, ...others] = parts
    if (error === undefined || part === undefined) return
    if (others.length > 0) {
      for (const group of split(parts, error)) await settle(group)
      return
    }
    const older = olderOf(part, before.table, wanted)
    const isKept = older.length > 0 && (await take(older)) === undefined
    refused.push({ part, refusal: { ...describePart(part), reason: error.message, isKept } })
  }
  // What is refused without any part is nobody's.
  await check(joinParts(wanted, []))
  await settle(partsOf(wanted))
  return { table: joinParts(wanted, taken), refused: refused.toSorted(byName) }
}

const byName = (a: Refused, b: Refused): number => (namePart(a.part) < namePart(b.part) ? -1 : 1)

const split = (parts: readonly Part[], error: IngressError): readonly (readonly Part[])[] => {
  const names = new Set(error.parts)
  const { named = [], others = [] } = Object.groupBy(parts, (part) => (names.has(namePart(part)) ? 'named' : 'others'))
  if (others.length === 0) return named.map((part) => [part])
  const half = Math.ceil(others.length / 2)
  return named.length === 0 ? [others.slice(0, half), others.slice(half)] : [others, named]
}

/**
 * What is served in the place of a part that is refused: its routes of before with the tasks of now, for an address of before may
 * be somebody else's; without those that somebody else has by now.
 */
const olderOf = (part: Part, before: RouteTable, wanted: RouteTable): readonly Part[] => {
  if (part.kind === 'certificate') {
    const older = before.certificates.find(({ host }) => host === part.value.host)
    return older === undefined ? [] : [{ kind: 'certificate', value: older }]
  }
  const { app, environment } = part.value
  const isOwn = (each: { readonly app: string; readonly environment: string }): boolean =>
    each.app === app && each.environment === environment
  const older = before.environments.find(isOwn)
  if (older === undefined) return []
  const conflicts = findRouteConflicts([...wanted.environments.filter((each) => !isOwn(each)), older])
  const lost = new Set<Route>(conflicts.flatMap(({ first, second }) => [first.route, second.route]))
  const routes = older.routes.filter((route) => !lost.has(route))
  return routes.length === 0 ? [] : [{ kind: 'environment', value: { ...part.value, routes } }]
}
