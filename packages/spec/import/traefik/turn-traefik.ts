import { findClaim, findShadow, type Claim } from '../claim.ts'
import { splitList } from '../options.ts'
import { CannotTurn, noteOf, keep, type Label, type Note, type Surroundings, type Turned } from '../turned.ts'
import { gather, type Gathered, type Thing } from './gather.ts'
import { turnRouter, type TurnedRoute, type TurnedRouter } from './routers.ts'
import { turnTcpRouter } from './tcp.ts'

/** What came of one router. */
type Outcome =
  | ({ readonly kind: 'turned'; readonly router: Thing } & TurnedRouter)
  | { readonly kind: 'lost'; readonly router: Thing; readonly note: Note }

/** All labels of Traefik of a file. Those of one router are turned all together, or stay. */
export const turnTraefik = (labels: readonly Label[], { portsOf, claims }: Surroundings): Turned => {
  const around = { ...gather(labels), portsOf }
  const off = labels.filter(({ key, value }) => key.toLowerCase() === 'traefik.enable' && value.trim() === 'false')
  const isOff = ({ service }: Thing): boolean => off.some((label) => label.service === service)
  const tried = [
    ...around.routers
      .filter((router) => !isOff(router))
      .map((router) => attempt(router, () => turnRouter(router, around))),
    ...around.tcpRouters
      .filter((router) => !isOff(router))
      .map((router) => attempt(router, () => turnTcpRouter(router, around))),
  ]
  const { taken, outcomes } = takeRoutes(tried, claims)

  const kept = outcomes.flatMap(({ kind, router }) =>
    kind === 'lost' ? keep(labelsOf(router, around), `the router ${router.name}`) : [],
  )
  const stay = new Set(kept.map(({ label }) => label))
  const spent = outcomes
    .flatMap((each) => (each.kind === 'turned' ? each.spent : []))
    .filter((label) => !stay.has(label))
  const general = turnGeneral(labels, { served: servicesOf(spent), waiting: servicesOf(stay) })
  return {
    routes: taken.map((each) => ({
      service: each.router.service,
      route: { ...each.match, ...each.rest, ...(each.isPlain ? { https: 'optional' } : {}) },
      claim: { ...each.checked, owner: ownerOf(each) },
    })),
    spent: [...spent, ...general.spent],
    kept,
    notes: [
      ...outcomes.flatMap((each) => (each.kind === 'turned' ? each.notes : [each.note])),
      ...general.notes,
      ...off.map((label) => ({
        label,
        isLost: true,
        message: 'Traefik serves nothing of it',
        hint: 'remove its labels',
      })),
    ],
  }
}

const attempt = (router: Thing, turn: () => TurnedRouter): Outcome => {
  try {
    return { kind: 'turned', router, ...turn() }
  } catch (error) {
    if (error instanceof CannotTurn) return { kind: 'lost', router, note: noteOf(error) }
    throw error
  }
}

const servicesOf = (labels: Iterable<Label>): ReadonlySet<string> =>
  new Set(Array.from(labels, ({ service }) => service))

/** A route that was taken; two routers may speak of it, one for HTTP and one for HTTPS. */
interface Taken extends TurnedRoute {
  readonly router: Thing
  readonly isPlain: boolean
}

/** One route for what several routers say of the same requests. Who only sends on to TLS needs another to be there. */
const takeRoutes = (
  tried: readonly Outcome[],
  claims: readonly Claim[],
): { readonly taken: readonly Taken[]; readonly outcomes: readonly Outcome[] } => {
  let taken: readonly Taken[] = []
  const take = (outcome: Outcome): Outcome => {
    if (outcome.kind === 'lost') return outcome
    const fault = findFault(outcome, taken, claims)
    if (fault !== undefined) return { kind: 'lost', router: outcome.router, note: fault }
    if (outcome.answers !== 'sent')
      taken = outcome.routes.reduce((before, route) => withRoute(before, route, outcome), taken)
    return outcome
  }
  const isSent = (outcome: Outcome): boolean => outcome.kind === 'turned' && outcome.answers === 'sent'
  const outcomes = [...tried.filter((each) => !isSent(each)), ...tried.filter(isSent)].map(take)
  return { taken, outcomes }
}

type TurnedOutcome = Extract<Outcome, { kind: 'turned' }>

const withRoute = (
  taken: readonly Taken[],
  route: TurnedRoute,
  { router, answers }: TurnedOutcome,
): readonly Taken[] => {
  const other = findTaken(taken, route)
  if (other === undefined) return [...taken, { ...route, router, isPlain: answers === 'plain' }]
  return taken.map((each) => (each === other && answers === 'plain' ? { ...each, isPlain: true } : each))
}

const findTaken = (taken: readonly Taken[], { checked }: TurnedRoute): Taken | undefined => {
  const found = findClaim(
    taken.map((each) => ({ ...each.checked, each })),
    checked,
  )
  return found?.each
}

const findFault = (
  { router, routes, answers }: TurnedOutcome,
  taken: readonly Taken[],
  claims: readonly Claim[],
): Note | undefined => {
  const [label] = router.options.values()
  if (label === undefined) return undefined
  for (const route of routes) {
    const other = findTaken(taken, route)
    if (answers === 'sent') {
      if (other !== undefined && !other.isPlain) continue
      const hint = 'turn the router for HTTPS first; of a route without TLS say https: optional'
      return { label, isLost: true, message: 'sends on to HTTPS, where no router that was turned answers', hint }
    }
    const isSame =
      other === undefined ||
      (other.router.service === router.service && JSON.stringify(other.rest) === JSON.stringify(route.rest))
    const owner = findClaim(claims, route.checked)?.owner ?? (isSame ? undefined : ownerOf(other))
    if (owner !== undefined) {
      const message = `is for the same requests as ${owner}, and does something else`
      return { label, isLost: true, message, hint: 'there is one route for HTTP and HTTPS; keep one of them' }
    }
    const own = routes.map(({ checked }) => checked)
    const foreign = [...claims, ...taken.map((each) => ({ ...each.checked, owner: ownerOf(each) }))]
    const shadow = findShadow(
      foreign.filter((claim) => findClaim(own, claim) === undefined),
      route.checked,
    )
    if (shadow !== undefined) {
      const message = `has requests in common with ${shadow.owner}: a pattern answers before any prefix`
      return { label, isLost: true, message, hint: 'write the routes by hand, and see "atoll route test"' }
    }
  }
  return undefined
}

const ownerOf = ({ router }: Taken): string => `the router ${router.name}`

/** Every label that a router needs. */
const labelsOf = (router: Thing, around: Gathered): readonly Label[] => {
  const own = [...around.services, ...around.tcpServices].filter(({ service }) => service === router.service)
  const names = splitList(router.options.get('middlewares')?.value ?? '')
  return [router, ...own].flatMap(({ options }) => [...options.values()]).concat(middlewareLabels(names, around, 0))
}

const middlewareLabels = (names: readonly string[], around: Gathered, depth: number): readonly Label[] =>
  names.flatMap((name) => {
    const options = around.middlewares.get(name.replace(/@(?:docker|swarm)$/, ''))
    const chained = depth < 5 ? splitList(options?.get('chain.middlewares')?.value ?? '') : []
    return [...(options?.values() ?? []), ...middlewareLabels(chained, around, depth + 1)]
  })

interface Standing {
  /** Services of which a router was turned. */
  readonly served: ReadonlySet<string>
  /** Those that still have labels Traefik reads. */
  readonly waiting: ReadonlySet<string>
}

const network = 'the ingress joins a network of the app by itself'

/** Labels of a whole container: they go with the last router. */
const general: ReadonlyMap<string, string | undefined> = new Map([
  ['traefik.enable', undefined],
  ['traefik.docker.network', network],
  ['traefik.swarm.network', network],
  ['traefik.docker.lbswarm', 'the ingress knows the tasks'],
  ['traefik.swarm.lbswarm', 'the ingress knows the tasks'],
])

const turnGeneral = (labels: readonly Label[], { served, waiting }: Standing): Pick<Turned, 'spent' | 'notes'> => {
  const spent = labels.filter(
    ({ key, service }) => general.has(key.toLowerCase()) && served.has(service) && !waiting.has(service),
  )
  const notes = spent.flatMap((label): readonly Note[] => {
    const message = general.get(label.key.toLowerCase())
    return message === undefined ? [] : [{ label, isLost: false, message }]
  })
  return { spent, notes }
}
