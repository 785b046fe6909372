import { isMap, isSeq, LineCounter, parseDocument, stringify, type Document, type Node, type YAMLMap } from 'yaml'
import type { Problem } from '../problem.ts'
import { readRoute } from './check-route.ts'
import type { Claim } from './claim.ts'
import { isCaddyLabel } from './caddy/tree.ts'
import { turnCaddy } from './caddy/turn-caddy.ts'
import {
  isOfProxy,
  listLabels,
  portsOf,
  servicesOf,
  takeOut,
  textOf,
  type Home,
  type ListedLabels,
  type PlacedLabel,
} from './labels.ts'
import { turnTraefik } from './traefik/turn-traefik.ts'
import { keepLines } from './keep-lines.ts'
import type { Label, Note, Turned, WrittenRoute } from './turned.ts'

/** A compose file with routes in the place of labels. */
export interface Imported {
  /** The same as before when nothing was turned. */
  readonly text: string
  readonly routes: number
  /** What could not be turned is an error, and its labels stay; what became a little different is a warning. */
  readonly problems: readonly Problem[]
}

/**
 * Turns labels of Traefik and caddy-docker-proxy into `x-atoll.routes`. Labels that make one thing (a router with its
 * middlewares, a site) are turned all together, or stay and are told. `path`: of the file, as problems name it.
 */
export const importLabels = (text: string, path: string): Imported => {
  const lines = new LineCounter()
  // All scalars are texts, so that each is written as it was: 0644 stays what it is.
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, logLevel: 'silent' })
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { path, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const broken = document.errors.map(({ message, pos }): Problem => {
    const [said = ''] = message.split('\n')
    return { severity: 'error', ...placeOf(pos[0]), key: '', message: said, hint: 'mend the file first' }
  })
  if (broken.length > 0) return { text, routes: 0, problems: broken }

  const services = servicesOf(document)
  const listed = services.map(([name, service]) => listLabels(name, service))
  const labels = listed.flatMap((each) => each.labels)
  const turned = turnLabels(labels, new Map(services))
  const fixed = listed.flatMap((each) => each.fixed).filter((each) => isOfProxy(each, document, text))
  const problems = listProblems({ labels, fixed }, turned, placeOf)
  if (turned.spent.length === 0) return { text, routes: 0, problems }
  const before = print(document, text)
  replaceLabels(new Map(services), labels, turned)
  const after = print(document, text)
  return { text: restore(text, { before, after }), routes: turned.routes.length, problems }
}

const isOfTraefik = ({ key }: Label): boolean => /^traefik\./i.test(key)

const turnLabels = (labels: readonly PlacedLabel[], services: ReadonlyMap<string, YAMLMap>): Turned => {
  const portsOfService = (name: string): readonly string[] => {
    const service = services.get(name)
    return service === undefined ? [] : portsOf(service)
  }
  const claims = [...services].flatMap(([name, service]) => claimsOf(name, service))
  const traefik = turnTraefik(labels.filter(isOfTraefik), { portsOf: portsOfService, claims })
  const taken = [...claims, ...traefik.routes.map(({ claim }) => claim)]
  const caddy = turnCaddy(labels.filter(isCaddyLabel), { portsOf: portsOfService, claims: taken })
  return {
    routes: [...traefik.routes, ...caddy.routes],
    spent: [...traefik.spent, ...caddy.spent],
    notes: [...traefik.notes, ...caddy.notes],
    kept: [...traefik.kept, ...caddy.kept],
  }
}

/** What routes that are there already match. */
const claimsOf = (name: string, service: YAMLMap): readonly Claim[] => {
  const routes: unknown = service.getIn(['x-atoll', 'routes'])
  return (isSeq(routes) ? routes.items : []).flatMap((item) => {
    // Other services of the file mean nothing for that.
    const {
      forward_auth: _asked,
      mirror: _mirror,
      weights: _weights,
      ...written
    } = isMap(item) ? (item.toJSON() as Record<string, unknown>) : {}
    const read = readRoute({
      ...written,
      ...(typeof written['port'] === 'string' ? { port: Number(written['port']) } : {}),
    })
    return read.kind === 'ok' ? [{ ...read.value, owner: `a route of ${name}` }] : []
  })
}

type PlaceOf = (offset: number) => Pick<Problem, 'path' | 'line' | 'column'>

/** Every label that stays is told, if only that it does. */
const listProblems = (
  { labels, fixed }: ListedLabels,
  { spent, notes, kept }: Turned,
  placeOf: PlaceOf,
): readonly Problem[] => {
  const gone = new Set(spent)
  const told = new Set(notes.filter(({ isLost }) => isLost).map(({ label }) => label))
  const staying = new Map(kept.map((note) => [note.label, note]))
  const ours = labels.filter((label) => isOfTraefik(label) || isCaddyLabel(label))
  const others = ours
    .filter((label) => !gone.has(label) && !told.has(label))
    .map((label) => staying.get(label) ?? leftNote(label))
  const all = new Map([...notes, ...others].map((note) => [`${note.label.offset} ${note.message}`, note]))
  return [
    ...[...all.values()].map((note) => problemOf(note, placeOf)),
    ...fixed.map(({ offset, path }): Problem => ({
      severity: 'error',
      ...placeOf(offset),
      key: path,
      message: 'labels that several services share (an anchor, an alias, <<) are not looked at',
      hint: 'write them out for each service',
    })),
  ].toSorted((a, b) => a.line - b.line || a.column - b.column)
}

const problemOf = ({ label, isLost, message, hint }: Note, placeOf: PlaceOf): Problem => ({
  severity: isLost ? 'error' : 'warning',
  ...placeOf(label.offset),
  key: label.path,
  message,
  ...(hint === undefined ? {} : { hint }),
})

const leftNote = (label: Label): Note => {
  const isOld = /^traefik\.(?:frontend|backend|port|protocol|weight)/i.test(label.key)
  if (isOld) return { label, isLost: true, message: 'is of version 1 of Traefik', hint: 'write the route by hand' }
  const hint = 'turn what it belongs to, or remove it'
  return { label, isLost: true, message: 'stays: nothing that was turned needs it', hint }
}

const replaceLabels = (
  services: ReadonlyMap<string, YAMLMap>,
  labels: readonly PlacedLabel[],
  { spent, routes }: Turned,
): void => {
  const gone = new Set(spent)
  const byHome = Map.groupBy(
    labels.filter((label) => gone.has(label)),
    ({ home }) => home.list,
  )
  const places = new Map<YAMLMap, Place>()
  for (const own of byHome.values()) {
    const [{ home } = { home: undefined }] = own
    if (home === undefined) continue
    const place = places.get(home.service) ?? { index: indexOf(home), comments: [] }
    const comments = takeOut(home, new Set(own.map(({ item }) => item)))
    places.set(home.service, { ...place, comments: [...place.comments, ...comments] })
  }
  for (const [name, service] of services) {
    const own = routes.filter((each) => each.service === name).map(({ route }) => route)
    const place = places.get(service) ?? { index: service.items.length, comments: [] }
    if (own.length > 0) addRoutes(service, own, place)
  }
}

interface Place {
  /** Of a service's keys. */
  readonly index: number
  readonly comments: readonly string[]
}

const indexOf = ({ service, above }: Home): number => {
  const name = above === service ? 'labels' : 'deploy'
  return service.items.findIndex(({ key }) => textOf(key) === name)
}

/** Texts that older readers take for something else get quotes. */
const written = { compat: 'yaml-1.1', aliasDuplicateObjects: false } as const

/** Where the labels were, or among routes that are there already. */
const addRoutes = (service: YAMLMap, routes: readonly WrittenRoute[], { index, comments }: Place): void => {
  const fresh = parseDocument(stringify({ 'x-atoll': { routes } }, written), {
    schema: 'failsafe',
  }).contents
  const [pair] = isMap(fresh) ? fresh.items : []
  if (pair === undefined || !isMap(pair.value)) return
  const settings: unknown = service.get('x-atoll')
  const [added] = pair.value.items
  if (!isMap(settings) || added === undefined) {
    if (comments.length > 0) (pair.key as Node).commentBefore = comments.join('\n')
    service.items.splice(index, 0, pair as never)
    return
  }
  const list: unknown = settings.get('routes')
  if (isSeq(list) && isSeq(added.value)) list.items.push(...added.value.items)
  else settings.items.push(added)
}

/** Puts lines that printing alone would change back to what they were, as long as that says the same. */
const restore = (original: string, printed: { readonly before: string; readonly after: string }): string => {
  const lined = keepLines(original.replaceAll('\r\n', '\n'), printed)
  const isSame = print(parse(lined), lined) === print(parse(printed.after), lined)
  const text = isSame ? lined : printed.after
  return original.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text
}

const parse = (text: string): Document => parseDocument(text, { schema: 'failsafe', logLevel: 'silent' })

/** In the manner of a file, as far as the library knows manners. */
const print = (document: Document, manner: string): string =>
  document.toString({
    lineWidth: 0,
    indent: /^( +)\S/m.exec(manner)?.[1]?.length ?? 2,
    indentSeq: !/^( *)[^\s#-][^\n]*:[ \t]*\r?\n\1- /m.test(manner),
    flowCollectionPadding: /[[{] +\S/.test(manner),
  })
