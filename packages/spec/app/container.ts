import type { Service } from '../app.ts'
import { capabilityChangesOf } from './capabilities.ts'
import { defined } from './defined.ts'
import { healthcheckOf } from './health.ts'
import { ulimitsOf } from './limits.ts'
import { durationMsOf } from './quantities.ts'
import { securityOf } from './security.ts'
import { at, entriesOf, flagOf, pairsOf, textOf, textsOf, type Source } from './source.ts'

/** The part of a service that is the same for every container, wherever it runs. */
export const containerOf = (service: Source) =>
  defined({
    image: textOf(at(service, 'image')) ?? '',
    entrypoint: argvOf(at(service, 'entrypoint')),
    command: argvOf(at(service, 'command')),
    environment: pairsOf(at(service, 'environment')),
    unsetVariables: unsetVariablesOf(at(service, 'environment')),
    user: filled(textOf(at(service, 'user'))),
    groups: textsOf(at(service, 'group_add')),
    workingDir: filled(textOf(at(service, 'working_dir'))),
    hostname: filled(textOf(at(service, 'hostname'))),
    extraHosts: textsOf(at(service, 'extra_hosts')).map(extraHost),
    dns: {
      servers: textsOf(at(service, 'dns')),
      search: textsOf(at(service, 'dns_search')),
      options: textsOf(at(service, 'dns_opt')),
    },
    labels: pairsOf(at(service, 'labels')),
    healthcheck: healthcheckOf(at(service, 'healthcheck')),
    init: flagOf(at(service, 'init')) ?? true,
    readOnly: flagOf(at(service, 'read_only')) ?? false,
    tty: flagOf(at(service, 'tty')) ?? false,
    stdinOpen: flagOf(at(service, 'stdin_open')) ?? false,
    stopSignal: filled(textOf(at(service, 'stop_signal'))),
    stopGraceMs: durationMsOf(at(service, 'stop_grace_period')),
    ...capabilityChangesOf(service),
    ...securityOf(at(service, 'security_opt')),
    sysctls: pairsOf(at(service, 'sysctls')),
    ulimits: ulimitsOf(at(service, 'ulimits')),
    isolation: filled(textOf(at(service, 'isolation'))),
  }) satisfies Partial<Service>

const unsetVariablesOf = (source: Source): readonly string[] | undefined => {
  const names = entriesOf(source).flatMap(([name, { value }]) => (value === null ? [name] : []))
  return names.length === 0 ? undefined : names
}

const filled = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

/** `null` and an empty list both keep what the image says: Swarm has no way to clear it. */
const argvOf = (source: Source): readonly string[] | undefined => {
  const argv = textsOf(source)
  return argv.length === 0 ? undefined : argv
}

/** compose-go writes `HOST=IP`, older files `HOST:IP`; an IPv6 address may stand in brackets. */
const extraHost = (text: string): string => {
  const at = text.search(/[=:]/)
  return `${text.slice(0, at)}:${text.slice(at + 1).replace(/^\[(.*)\]$/, '$1')}`
}
