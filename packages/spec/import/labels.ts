import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { Label } from './turned.ts'

/** A label in a document, with what takes it away. */
export interface PlacedLabel extends Label {
  readonly item: unknown
  readonly home: Home
}

/** The `labels` of a service, or of its `deploy`. */
export interface Home {
  readonly list: YAMLMap | YAMLSeq
  /** Which has the key `labels`. */
  readonly above: YAMLMap
  readonly service: YAMLMap
}

/** Labels that stand where they cannot be taken away: an anchor, an alias or a merge key. */
export interface FixedLabels {
  readonly path: string
  readonly node: unknown
  readonly offset: number
}

export interface ListedLabels {
  readonly labels: readonly PlacedLabel[]
  readonly fixed: readonly FixedLabels[]
}

/** Services of a compose file by name, as far as they are mappings. */
export const servicesOf = (document: Document): readonly (readonly [name: string, service: YAMLMap])[] => {
  const services: unknown = document.get('services')
  if (!isMap(services)) return []
  return services.items.flatMap(({ key, value }) => (isMap(value) ? [[textOf(key), value] as const] : []))
}

/** Every label of a service. */
export const listLabels = (name: string, service: YAMLMap): ListedLabels => {
  const deploy: unknown = service.get('deploy', true)
  const homes = [
    { above: service, path: `services.${name}.labels` },
    ...(isMap(deploy) ? [{ above: deploy, path: `services.${name}.deploy.labels` }] : []),
  ]
  const listed = homes.map(({ above, path }) => {
    const pair = above.items.find(({ key }) => textOf(key) === 'labels')
    const list: unknown = pair?.value
    if (pair === undefined || list === null) return { labels: [], fixed: [] }
    const isOpen = (isMap(list) || isSeq(list)) && list.anchor === undefined && above.anchor === undefined
    if (!isOpen) return { labels: [], fixed: [{ path, node: list, offset: offsetOf(pair.key) }] }
    return listItems({ list, above, service }, { service: name, path })
  })
  return { labels: listed.flatMap(({ labels }) => labels), fixed: listed.flatMap(({ fixed }) => fixed) }
}

const listItems = (
  home: Home,
  { service, path }: { readonly service: string; readonly path: string },
): ListedLabels => {
  const { list } = home
  const items = isMap(list)
    ? list.items.map((item) => ({ item, key: textOf(item.key), value: textOf(item.value), at: item.key }))
    : list.items.map((item) => {
        const [, key = '', value = ''] = /^([^=]*)(?:=(.*))?$/s.exec(textOf(item)) ?? []
        return { item, key, value, at: item }
      })
  const isFixed = ({ item, key }: { readonly item: unknown; readonly key: string }): boolean =>
    key === '<<' || (isScalar(item) && item.anchor !== undefined)
  return {
    labels: items
      .filter((each) => !isFixed(each))
      .map(({ item, key, value, at }) => ({
        item,
        home,
        service,
        key,
        value,
        path: `${path}.${key}`,
        offset: offsetOf(at),
      })),
    fixed: items.filter(isFixed).map(({ item, at }) => ({ path, node: item, offset: offsetOf(at) })),
  }
}

/** Whether such labels are any of a proxy's; `text` is the whole file. */
export const isOfProxy = ({ node }: FixedLabels, document: Document, text: string): boolean => {
  const value: unknown = isPair(node) ? node.value : node
  const target = isAlias(value) ? value.resolve(document) : value
  const [begin, end] = (target as Partial<Node> | undefined)?.range ?? [0, 0]
  return /traefik\.|caddy/i.test(text.slice(begin, end))
}

export const textOf = (node: unknown): string => {
  const value = isScalar(node) ? node.value : node
  return typeof value === 'string' ? value : ''
}

const offsetOf = (node: unknown): number => (node as Partial<Node> | null)?.range?.[0] ?? 0

/** Ports of the tasks that a service itself says, without protocols; of ranges and of udp none. */
export const portsOf = (service: YAMLMap): readonly string[] =>
  ['ports', 'expose'].flatMap((key) => {
    const list: unknown = service.get(key)
    if (!isSeq(list)) return []
    return list.items.flatMap((item) => {
      const text = isMap(item) ? textOf(item.get('target', true)) : textOf(item)
      return /^(?:.*:)?(\d+|\$\{[^}]*\})(?:\/tcp)?$/.exec(text)?.[1] ?? []
    })
  })

/** Takes labels out of a document; comments on them are given back. A list that is empty goes too. */
export const takeOut = ({ above, list, service }: Home, items: ReadonlySet<unknown>): readonly string[] => {
  const all: unknown[] = list.items
  const kept = all.filter((item) => !items.has(item))
  const comments = all.filter((item) => items.has(item)).flatMap(commentsOf)
  all.splice(0, all.length, ...kept)
  if (kept.length === 0) comments.unshift(removePair(above, 'labels'), list.commentBefore)
  if (above !== service && above.items.length === 0) comments.unshift(removePair(service, 'deploy'))
  return comments.flatMap((comment) => (comment === undefined || comment === null ? [] : [comment]))
}

const commentsOf = (item: unknown): readonly (string | null | undefined)[] => {
  const { key, value, commentBefore, comment } = item as Partial<Pair<Node, Node>> & Partial<Node>
  return [commentBefore, key?.commentBefore, key?.comment, value?.commentBefore, value?.comment, comment]
}

const removePair = (map: YAMLMap, name: string): string | undefined => {
  const index = map.items.findIndex(({ key }) => textOf(key) === name)
  const [pair] = map.items.splice(index, 1)
  return (pair?.key as Node | undefined)?.commentBefore ?? undefined
}
