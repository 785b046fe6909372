import { CannotTurn, type Label } from '../turned.ts'

/** A directive of a Caddyfile, as labels of caddy-docker-proxy say it: arguments, and what is nested in it. */
export interface Directive {
  readonly name: string
  readonly args: readonly string[]
  readonly label: Label
  readonly children: readonly Directive[]
}

/** A site: what labels with one prefix (`caddy`, `caddy_1`) say. */
export interface Site {
  readonly service: string
  readonly labels: readonly Label[]
  /** Its address is its arguments. */
  readonly root: Directive
}

/** Where a block stands. */
export interface Inside {
  readonly service: string
  readonly ports: readonly string[]
  /** Prefix of the block around; empty: none. */
  readonly path: string
}

interface Branch {
  readonly segment: string
  label: Label | undefined
  readonly children: Map<string, Branch>
}

const PREFIX = /^caddy(?:_\d+)?(?=\.|$)/

export const isCaddyLabel = ({ key }: Label): boolean => PREFIX.test(key)

/** Sites of a file, by service and prefix. */
export const gatherSites = (labels: readonly Label[]): readonly Site[] => {
  const groups = Map.groupBy(labels.filter(isCaddyLabel), ({ key, service }) =>
    JSON.stringify([service, PREFIX.exec(key)?.[0]]),
  )
  return [...groups.values()].flatMap((own) => {
    const [first] = own
    if (first === undefined) return []
    const root: Branch = { segment: '', label: undefined, children: new Map() }
    for (const label of own) plant(root, label)
    const [only] = root.children.values()
    return only === undefined ? [] : [{ service: first.service, labels: own, root: toDirective(only, first) }]
  })
}

const plant = (root: Branch, label: Label): void => {
  let at = root
  for (const segment of label.key.split('.')) {
    const next = at.children.get(segment) ?? { segment, label: undefined, children: new Map<string, Branch>() }
    at.children.set(segment, next)
    at = next
  }
  at.label = label
}

/** `1_handle` comes after `0_handle`; without a number they are in the order of their names. */
const toDirective = ({ segment, label, children }: Branch, above: Label): Directive => {
  const own = label ?? above
  return {
    name: segment.replace(/^(?:\d+_)|(?<=^caddy)_\d+$/g, ''),
    args: label === undefined ? [] : splitArgs(label.value),
    label: own,
    children: [...children.values()]
      .toSorted((a, b) => orderOf(a) - orderOf(b))
      .map((child) => toDirective(child, own)),
  }
}

const orderOf = ({ segment }: Branch): number => Number(/^(\d+)_/.exec(segment)?.[1] ?? 1e9)

/** Words; what stands in quotes, backticks or `{{ }}` is one. */
const splitArgs = (text: string): readonly string[] =>
  Array.from(text.matchAll(/\{\{.*?\}\}|"((?:[^"\\]|\\.)*)"|`([^`]*)`|[^\s"`]+/gs), ([all, quoted, raw]) =>
    quoted === undefined ? (raw ?? all) : quoted.replaceAll(/\\(.)/g, '$1'),
  )

export const cannot = ({ label }: Directive, message: string, hint: string): CannotTurn =>
  new CannotTurn(label, message, hint)
