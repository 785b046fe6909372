import { checkRoute } from '../check-route.ts'
import type { CheckedRoute } from '../claim.ts'
import { Options, splitList } from '../options.ts'
import { CannotTurn, type Label, type Note, type WrittenRoute } from '../turned.ts'
import type { Draft } from './draft.ts'
import { isSecure, isPlain } from './entry-points.ts'
import type { Gathered, Thing } from './gather.ts'
import { matchOf } from './match.ts'
import { instead, middlewares } from './middlewares.ts'
import { finishPath } from './paths.ts'
import { parseRule } from './rule.ts'
import { targetOf } from './target.ts'

export interface TurnedRoute {
  readonly match: WrittenRoute
  readonly rest: WrittenRoute
  readonly checked: CheckedRoute
}

/** What one router becomes. */
export interface TurnedRouter {
  readonly routes: readonly TurnedRoute[]
  /** `sent`: it only sends requests on to TLS, where another router has to answer. */
  readonly answers: 'plain' | 'secure' | 'sent'
  readonly spent: readonly Label[]
  readonly notes: readonly Note[]
}

interface Around extends Gathered {
  readonly portsOf: (service: string) => readonly string[]
}

/** Routes for a router of Traefik: one for each alternative of its rule. Throws CannotTurn. */
export const turnRouter = (router: Thing, around: Around): TurnedRouter => {
  const options = new Options(router.options)
  const rule = ruleOf(options)
  const [isTls, entryPoints] = [tlsOf(options), options.list('entrypoints')]
  const used = listMiddlewares(options, around)
  const named = options.text('service')
  leaveRest(options)

  const answers = answersOf({ isTls, entryPoints, label: options.find('entrypoints') ?? rule.label })
  const target = targetOf({ ...around, router, named, label: rule.label, ports: around.portsOf(router.service) })
  const matches = rule.alternatives.map((matchers) => matchOf(matchers, rule.label))
  const drafts = matches.map(({ keys }) => applyAll({ ...keys }, used))
  const isSent = drafts.some((draft) => draft.isSentToTls)
  const routes = drafts.flatMap(splitDraft).map(({ match, keys }) => {
    const rest = restOf(keys, target.keys)
    return { match, rest, checked: checkRoute({ ...match, ...rest }, rule.label) }
  })
  return {
    routes,
    answers: answers === 'plain' && isSent ? (isOnlyPlain(entryPoints) ? 'sent' : 'secure') : answers,
    spent: [options, target.options, ...used.map((each) => each.options)].flatMap(({ labels }) => labels),
    notes: [
      ...[options, target.options, ...used.map((each) => each.options)].flatMap(({ notes }) => notes),
      ...matches.flatMap(({ notes }) => notes),
    ],
  }
}

/** Paths that a pattern changes have a route of their own, before the one for the others. */
const splitDraft = ({ match, keys, replaced }: Draft): readonly Pick<Draft, 'match' | 'keys'>[] => {
  if (replaced === undefined) return [{ match, keys }]
  const { host, path: _path, ...conditions } = match
  const changed = { host, path_regex: replaced.pattern, ...conditions }
  return [
    { match: changed, keys: { ...keys, rewrite: replaced.by } },
    { match, keys },
  ]
}

const isOnlyPlain = (entryPoints: readonly string[]): boolean => entryPoints.length > 0 && entryPoints.every(isPlain)

/** A redirect is answered by the ingress itself. */
const restOf = (keys: WrittenRoute, target: WrittenRoute): WrittenRoute =>
  'redirect' in keys ? keys : { ...target, ...keys }

const ruleOf = (options: Options) => {
  const label = options.find('rule')
  const [first] = options.labels
  if (label === undefined && first !== undefined) {
    throw new CannotTurn(
      first,
      'has no rule, and the one of Traefik for all is not in this file',
      'add a rule with Host',
    )
  }
  if (label === undefined) throw new Error('a router without labels')
  const parsed = parseRule(label.value.trim())
  if (parsed.kind === 'error') throw new CannotTurn(label, parsed.message, 'write the route by hand')
  return { label, alternatives: parsed.value }
}

const tlsOf = (options: Options): boolean => {
  const certified = 'a certificate is had by itself for each host'
  const isSaid = options.flag('tls')
  const hasMore = options.below('tls.').length > 0
  options.leave('tls.certresolver', certified, 'say once from whom: "atoll acme set"')
  for (const [name] of options.below('tls.domains[')) {
    options.leave(`tls.domains[${name}`, certified, 'of a wildcard, write a route with host: "*.example.org"')
  }
  const other = options.find('tls.options')
  if (other !== undefined) {
    throw new CannotTurn(
      other,
      'the ingress has one way of TLS for all: 1.2 and above',
      'remove the label if that is enough',
    )
  }
  return isSaid ?? hasMore
}

const leaveRest = (options: Options): void => {
  options.leave('priority', 'the most specific route answers, wherever it stands', 'see "atoll route test"')
  options.leave('rulesyntax', 'both versions of rules are read')
  options.leave('observability.', 'the ingress has no such switch')
  options.refuseRest('write the route by hand')
}

interface Answering {
  readonly isTls: boolean
  readonly entryPoints: readonly string[]
  readonly label: Label
}

const answersOf = ({ isTls, entryPoints, label }: Answering): 'plain' | 'secure' => {
  const unknown = entryPoints.find((name) => !isPlain(name) && !isSecure(name))
  if (unknown !== undefined) {
    const hint = 'routes of HTTP are on ports 80 and 443; publish another port under ports'
    throw new CannotTurn(label, `nobody here knows the port of the entry point ${unknown}`, hint)
  }
  return isTls || (entryPoints.length > 0 && entryPoints.every(isSecure)) ? 'secure' : 'plain'
}

interface UsedMiddleware {
  readonly kind: string
  readonly options: Options
  readonly label: Label
}

/** In the order they are applied, chains written out. */
const listMiddlewares = (options: Options, around: Around): readonly UsedMiddleware[] => {
  const label = options.find('middlewares')
  return label === undefined
    ? []
    : splitList(label.value).flatMap((name) => openMiddleware(name, { label, around, depth: 0 }))
}

interface Opening {
  readonly label: Label
  readonly around: Around
  readonly depth: number
}

const openMiddleware = (written: string, opening: Opening): readonly UsedMiddleware[] => {
  const { label, around, depth } = opening
  const name = written.replace(/@(?:docker|swarm)$/, '')
  const labels = [...(around.middlewares.get(name) ?? [])]
  const [option, first] = labels[0] ?? []
  if (option === undefined || first === undefined) {
    throw new CannotTurn(label, `the middleware ${written} is not in this file`, 'write what it does into the route')
  }
  const kind = option.split('.')[0] ?? ''
  const own = new Options(new Map(labels.map(([each, of]) => [each.slice(kind.length).replace(/^\./, ''), of])))
  if (kind === 'chain' && depth < 5) {
    const inside = own
      .list('middlewares')
      .flatMap((each) => openMiddleware(each, { label: first, around, depth: depth + 1 }))
    return [{ kind, options: own, label: first }, ...inside]
  }
  if (!middlewares.has(kind)) {
    throw new CannotTurn(
      first,
      `${kind} is not turned`,
      instead[kind] ?? 'do it in the app, or remove it from the router',
    )
  }
  return [{ kind, options: own, label: first }]
}

const applyAll = (match: Record<string, unknown>, used: readonly UsedMiddleware[]): Draft => {
  const draft: Draft = { match, keys: {}, isSentToTls: false }
  for (const { kind, options, label } of used) {
    middlewares.get(kind)?.(draft, options, label)
    options.refuseRest('write the route by hand')
  }
  const [first] = used
  if (first !== undefined) finishPath(draft, first.label)
  return draft
}
