import type { Label } from '../turned.ts'

/** Labels by what stands behind the name of the thing, in lower case. */
export type Options = ReadonlyMap<string, Label>

/** A router or a service of Traefik, and the compose service whose label names it. */
export interface Thing {
  readonly name: string
  readonly service: string
  readonly options: Options
}

export interface Gathered {
  readonly routers: readonly Thing[]
  readonly tcpRouters: readonly Thing[]
  readonly services: readonly Thing[]
  readonly tcpServices: readonly Thing[]
  /** By name, wherever in the file they stand. */
  readonly middlewares: ReadonlyMap<string, Options>
}

const THING = /^traefik\.(http|tcp)\.(routers|services|middlewares)\.([^.]+)\.(.+)$/i

/** Which things labels of a file describe. */
export const gather = (labels: readonly Label[]): Gathered => {
  const things = new Map<string, Thing & { readonly kind: string; readonly options: Map<string, Label> }>()
  for (const label of labels) {
    const [, protocol = '', what = '', name = '', option = ''] = THING.exec(label.key) ?? []
    if (option === '') continue
    const kind = `${protocol} ${what}`.toLowerCase()
    const owner = kind === 'http middlewares' ? '' : label.service
    const key = JSON.stringify([kind, owner, name])
    const thing = things.get(key) ?? { kind, name, service: label.service, options: new Map<string, Label>() }
    thing.options.set(option.toLowerCase(), label)
    things.set(key, thing)
  }
  const all = [...things.values()]
  const of = (kind: string): readonly Thing[] => all.filter((thing) => thing.kind === kind)
  return {
    routers: of('http routers'),
    tcpRouters: of('tcp routers'),
    services: of('http services'),
    tcpServices: of('tcp services'),
    middlewares: new Map(of('http middlewares').map(({ name, options }) => [name, options])),
  }
}
