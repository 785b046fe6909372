import type { Service } from '../app.ts'
import { itemsOf, refuse, textOf, warn, type Source } from './source.ts'

type Security = Pick<Service, 'noNewPrivileges' | 'isSeLinuxDisabled'>

/** Compose `security_opt`, of which Swarm has two. */
export const securityOf = (source: Source): Security =>
  itemsOf(source).reduce<Security>((security, item) => ({ ...security, ...optionOf(item) }), {})

const optionOf = (source: Source): Security => {
  const [name = '', value = ''] = (textOf(source) ?? '').split(/[:=](.*)/s, 2)
  if (name === 'no-new-privileges') return noNewPrivilegesOf(source, value)
  if (name === 'label' && value === 'disable') return { isSeLinuxDisabled: true }
  const hint = name === 'label' ? 'use label:disable' : 'remove it, or run this container outside of the cluster'
  refuse(source, `Swarm cannot set ${name} for a task`, hint)
  return {}
}

const noNewPrivilegesOf = (source: Source, value: string): Security => {
  if (value === 'false') return {}
  warn(source, 'engines before 25.0 do not keep a task from gaining privileges', 'drop capabilities with cap_drop too')
  return { noNewPrivileges: true }
}
