import type { Change } from '../change.ts'
import type { Observed } from '../observed.ts'
import type { Wanted } from '../wanted.ts'
import { compare } from './compare.ts'

/** What the kernel has now; the file that says so at boot is planned with the other files. */
export const planSysctl = ({ sysctl }: Wanted, observed: Observed): readonly Change[] => {
  const known = Object.fromEntries(Object.entries(sysctl).filter(([key]) => Object.hasOwn(observed.sysctl, key)))
  const fields = compare(observed.sysctl, normalizeAll(known))
  const values = Object.fromEntries(fields.map(({ name, after = '' }) => [name, after]))
  return fields.length === 0 ? [] : [{ kind: 'set-sysctl', values, subject: 'kernel', fields }]
}

/** sysctl(8) tells several numbers with tabs between them, however they were written. */
export const normalizeSysctl = (value: string): string => value.trim().split(/\s+/).join(' ')

const normalizeAll = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, normalizeSysctl(value)]))

export const planZone = ({ zone }: Wanted, observed: Observed): readonly Change[] => {
  const fields = compare({ zone: observed.zone }, { zone })
  return zone === undefined || fields.length === 0 ? [] : [{ kind: 'set-zone', zone, subject: 'time', fields }]
}
