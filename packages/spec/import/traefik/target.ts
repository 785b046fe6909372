import { Options } from '../options.ts'
import { CannotTurn, type Label, type WrittenRoute } from '../turned.ts'
import type { Thing } from './gather.ts'

/** Who answers, as keys of a route, and the labels that said so. */
export interface Target {
  readonly keys: WrittenRoute
  readonly options: Options
}

export interface TargetOf {
  readonly router: Thing
  /** Option `service` of it. */
  readonly named: string | undefined
  /** Services of Traefik, of all compose services. */
  readonly services: readonly Thing[]
  /** Ports that the compose service says under `expose` and `ports`. */
  readonly ports: readonly string[]
  readonly label: Label
}

/** The tasks of the compose service itself, at the port its labels or it say. Throws CannotTurn. */
export const targetOf = (asked: TargetOf): Target => {
  const { label } = asked
  const options = new Options(findService(asked)?.options ?? new Map<string, Label>())
  if (options.below('mirroring.').length > 0) {
    throw new CannotTurn(label, 'sends copies of requests elsewhere', 'write the route with mirror')
  }
  const port = options.text('loadbalancer.server.port') ?? onlyPort(asked)
  const scheme = options.text('loadbalancer.server.scheme')?.toLowerCase() ?? 'http'
  if (scheme !== 'http' && scheme !== 'h2c') {
    const hint = 'let the app listen without TLS, or pass TLS on: {protocol: tls, host, port}'
    throw new CannotTurn(options.find('loadbalancer.server.scheme') ?? label, `asks the tasks by ${scheme}`, hint)
  }
  if (options.flag('loadbalancer.passhostheader') === false) {
    throw new CannotTurn(
      label,
      'hides the host from the app',
      'write the route with request_headers: {set: {Host: ...}}',
    )
  }
  const isSticky = [options.flag('loadbalancer.sticky'), options.flag('loadbalancer.sticky.cookie')].includes(true)
  const cookie = options.below('loadbalancer.sticky.cookie.')
  options.leave('loadbalancer.sticky.cookie.', 'the cookie is one of the ingress, that scripts do not see')
  options.leave('loadbalancer.healthcheck.', 'a task answers when it is healthy', 'write healthcheck in the service')
  options.leave('loadbalancer.responseforwarding.', 'answers are passed on as they come')
  options.refuseRest('write the route by hand')
  return {
    options,
    keys: {
      port: /^\d+$/.test(port) ? Number(port) : port,
      ...(scheme === 'h2c' ? { protocol: 'h2c' } : {}),
      ...(isSticky || cookie.length > 0 ? { sticky: 'cookie' } : {}),
    },
  }
}

const findService = ({ router, named, services, label }: TargetOf): Thing | undefined => {
  const own = services.filter(({ service }) => service === router.service)
  const name = named?.replace(/@(?:docker|swarm)$/, '')
  if (name?.includes('@') === true) {
    throw new CannotTurn(label, `${name} is not of this file`, 'route to the service that answers, in its own routes')
  }
  const found =
    name === undefined ? own.find((thing) => thing.name === router.name) : own.find((thing) => thing.name === name)
  if (found !== undefined) return found
  if (name !== undefined && own.length > 0)
    throw new CannotTurn(label, `there is no service ${name} here`, 'name one of this container')
  if (name !== undefined && services.some((thing) => thing.name === name)) {
    throw new CannotTurn(label, `${name} is of another service`, 'put the route under the service that answers')
  }
  if (own.length > 1)
    throw new CannotTurn(label, 'does not say which of its services answers', `say service: ${own[0]?.name ?? ''}`)
  return own[0]
}

const onlyPort = ({ ports, label }: TargetOf): string => {
  const [port, ...others] = new Set(ports)
  if (port !== undefined && others.length === 0) return port
  const why = port === undefined ? 'nothing says which port the tasks listen on' : 'the tasks listen on several ports'
  throw new CannotTurn(
    label,
    why,
    'add the label traefik.http.services.NAME.loadbalancer.server.port, or write the route',
  )
}
