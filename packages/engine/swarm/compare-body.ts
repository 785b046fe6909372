import type { FieldChange } from '@atoll/plan'
import type { ServiceBody } from './bodies.ts'
import { viewFields } from './compare-fields.ts'
import { isEmpty } from './translate-values.ts'

/** Fields that older engines take and forget: not there is then no change somebody made. */
const forgotten: ReadonlySet<string> = new Set(['healthcheck.startIntervalMs', 'noNewPrivileges'])

/**
 * What somebody changed behind us: fields in which the service the engine has differs from the one Atoll asked for, in
 * the App's words. What the engine fills in by itself is no difference. `networkNames` are names by id: the engine
 * gives back ids where names were sent.
 */
export const compareBody = (
  asked: ServiceBody,
  actual: object,
  options: { readonly networkNames?: Readonly<Record<string, string>> } = {},
): readonly FieldChange[] => {
  const names = options.networkNames ?? {}
  const wanted = viewFields(asked, names)
  const found = viewFields(actual, names)
  const fields = [...new Set([...wanted.keys(), ...found.keys()])].sort()
  return fields.flatMap((field) => change(field, found.get(field), wanted.get(field)))
}

const change = (field: string, from: unknown, to: unknown): readonly FieldChange[] => {
  if (JSON.stringify(from) === JSON.stringify(to)) return []
  if (isEmpty(from) && forgotten.has(field)) return []
  return [{ field, ...text('from', from), ...text('to', to) }]
}

const text = <K extends string>(key: K, value: unknown): { readonly [P in K]?: string } =>
  value === undefined ? {} : ({ [key]: JSON.stringify(value) } as { [P in K]: string })
