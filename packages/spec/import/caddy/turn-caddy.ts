import { checkRoute } from '../check-route.ts'
import { findClaim, type Claim } from '../claim.ts'
import {
  CannotTurn,
  hasVariable,
  noteOf,
  keep,
  type Label,
  type Surroundings,
  type Turned,
  type WrittenRoute,
} from '../turned.ts'
import { turnBlock, type Block } from './directives.ts'
import { cannot, gatherSites, type Directive, type Site } from './tree.ts'

/** All labels of caddy-docker-proxy of a file. Those of one site are turned all together, or stay. */
export const turnCaddy = (labels: readonly Label[], { portsOf, claims }: Surroundings): Turned => {
  const all: Turned[] = []
  for (const site of gatherSites(labels)) {
    const taken = [...claims, ...all.flatMap(({ routes }) => routes.map(({ claim }) => claim))]
    all.push(attempt(site, { claims: taken, portsOf }))
  }
  return {
    routes: all.flatMap(({ routes }) => routes),
    spent: all.flatMap(({ spent }) => spent),
    notes: all.flatMap(({ notes }) => notes),
    kept: all.flatMap(({ kept }) => kept),
  }
}

const attempt = (site: Site, surroundings: Surroundings): Turned => {
  const owner = `the site ${site.root.args.join(' ')}`
  try {
    return turnSite(site, owner, surroundings)
  } catch (error) {
    if (!(error instanceof CannotTurn)) throw error
    return { routes: [], spent: [], notes: [noteOf(error)], kept: keep(site.labels, owner) }
  }
}

const turnSite = ({ service, root, labels }: Site, owner: string, { claims, portsOf }: Surroundings): Turned => {
  const addresses = root.args.flatMap((arg) => arg.split(',')).filter((arg) => arg !== '')
  const block = turnBlock(root, { service, ports: portsOf(service), path: '' })
  const routes: Turned['routes'][number][] = []
  for (const route of addressesOf(addresses, root).flatMap((address) => routesOf(address, block))) {
    const claim: Claim = { ...checkRoute(route, root.label), owner }
    const other = findClaim([...claims, ...routes.map((each) => each.claim)], claim)
    if (other !== undefined) {
      const hint = 'there is one route for a host and path; keep one of them'
      throw cannot(root, `is for the same requests as ${other.owner}`, hint)
    }
    routes.push({ service, route, claim })
  }
  return { routes, spent: labels, notes: block.notes, kept: [] }
}

interface Address {
  readonly host: string
  readonly isPlain: boolean
}

const addressesOf = (addresses: readonly string[], root: Directive): readonly Address[] => {
  if (addresses.length === 0) throw cannot(root, 'names no host', 'add the label caddy: shop.example.org')
  return addresses.map((address) => {
    const [, scheme, host = '', port] = /^(?:(https?):\/\/)?([^:/\s]+)(?::(\d+))?\/?$/.exec(address) ?? []
    const isKnown = host !== '' && (port === undefined || port === (scheme === 'http' ? '80' : '443'))
    if (!isKnown && !hasVariable(address)) {
      throw cannot(
        root,
        `${address} is no host on ports 80 and 443`,
        'write the route, or publish the port under ports',
      )
    }
    return { host: host === '' ? address : hasVariable(host) ? host : host.toLowerCase(), isPlain: scheme === 'http' }
  })
}

const routesOf = ({ host, isPlain }: Address, { routes }: Block): readonly WrittenRoute[] =>
  routes.map((route) => ({ host, ...route, ...(isPlain ? { https: 'optional' } : {}) }))
