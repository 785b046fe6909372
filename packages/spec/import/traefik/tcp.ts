import { checkRoute } from '../check-route.ts'
import { Options } from '../options.ts'
import { CannotTurn, hasVariable, type Label, type WrittenRoute } from '../turned.ts'
import { isSecure, portOf } from './entry-points.ts'
import type { Gathered, Thing } from './gather.ts'
import type { TurnedRouter } from './routers.ts'
import { parseRule } from './rule.ts'
import { targetOf } from './target.ts'

interface Around extends Gathered {
  readonly portsOf: (service: string) => readonly string[]
}

/** Routes for a TCP router: a port as it is, or TLS that is passed on by name. Throws CannotTurn. */
export const turnTcpRouter = (router: Thing, around: Around): TurnedRouter => {
  const options = new Options(router.options)
  const label = options.find('rule') ?? options.labels[0]
  if (label === undefined) throw new Error('a router without labels')
  const hosts = hostsOf(label)
  const isPassedOn = options.flag('tls.passthrough') ?? false
  const isTls = options.flag('tls') ?? isPassedOn
  const listen = listenOf(options, label)
  const named = options.text('service')
  options.refuseRest('write the route by hand')
  if (isTls && !isPassedOn) {
    throw new CannotTurn(
      label,
      'TLS would end at the ingress, with what is no HTTP inside',
      'let the app end it, with tls.passthrough',
    )
  }
  const ports = around.portsOf(router.service)
  const target = targetOf({ router, named, services: around.tcpServices, ports, label })
  const routes = hosts.map((host) => {
    const match = matchOf({ host, listen, isPassedOn, label })
    return { match, rest: target.keys, checked: checkRoute({ ...match, ...target.keys }, label) }
  })
  return {
    routes,
    answers: 'secure',
    spent: [...options.labels, ...target.options.labels],
    notes: [...options.notes, ...target.options.notes],
  }
}

const hostsOf = (label: Label): readonly string[] => {
  const parsed = parseRule(label.value.trim())
  if (parsed.kind === 'error') throw new CannotTurn(label, parsed.message, 'write the route by hand')
  return parsed.value.map(([matcher, ...others]) => {
    if (matcher?.name !== 'hostsni' || others.length > 0) {
      throw new CannotTurn(label, 'compares with more than HostSNI', 'write the route with allow, or in the app')
    }
    return matcher.args[0] ?? ''
  })
}

const listenOf = (options: Options, rule: Label): number => {
  const label = options.find('entrypoints')
  const [name, ...others] = options.list('entrypoints')
  const port = name === undefined ? undefined : isSecure(name) ? HTTPS : portOf(name)
  if (port !== undefined && others.length === 0) return port
  throw new CannotTurn(
    label ?? rule,
    'nobody here knows the port of its entry point',
    'write the route: {protocol: tcp, listen: 5432, port: 5432}',
  )
}

const HTTPS = 443

interface Matching {
  readonly host: string
  readonly listen: number
  readonly isPassedOn: boolean
  readonly label: Label
}

const matchOf = ({ host, listen, isPassedOn, label }: Matching): WrittenRoute => {
  if (isPassedOn && host === '*') throw new CannotTurn(label, 'takes TLS of every name', 'name the hosts: HostSNI(`a`)')
  if (!isPassedOn && host !== '*')
    throw new CannotTurn(label, 'asks for a name, which is in TLS alone', 'add tls.passthrough')
  const keys = isPassedOn
    ? { protocol: 'tls', host: hasVariable(host) ? host : host.toLowerCase() }
    : { protocol: 'tcp' }
  return isPassedOn && listen === HTTPS ? keys : { ...keys, listen }
}
