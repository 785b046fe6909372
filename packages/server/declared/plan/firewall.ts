import type { Change, Field } from '../change.ts'
import type { Observed } from '../observed.ts'
import type { Wanted } from '../wanted.ts'
import { compareLists } from './compare.ts'
import { planFiles } from './files.ts'
import { firewallPath, firewallUnitPath } from '../texts.ts'

/** The rules as they are now, then what brings them back at boot. */
export const planFirewall = ({ firewall }: Wanted, observed: Observed): readonly Change[] => {
  if (firewall === undefined) return []
  if (firewall === 'off') return planOff(observed)
  const { rules, files, unit } = firewall
  const fields = compareRules(observed.firewall, rules)
  // Where nothing reads units none is written.
  const meant = Object.entries(files).filter(([path]) => observed.hasServiceManager || path !== firewallUnitPath)
  return [
    ...(fields.length === 0 ? [] : [{ kind: 'load-firewall' as const, rules, subject: 'firewall', fields }]),
    ...planFiles(Object.fromEntries(meant), observed),
    ...(observed.hasServiceManager && !observed.enabledUnits.includes(unit)
      ? [
          {
            kind: 'enable-unit' as const,
            unit,
            subject: `service ${unit}`,
            fields: [{ name: 'at boot', before: 'no', after: 'yes' }],
          },
        ]
      : []),
  ]
}

/** The file goes too, so that a boot does not bring the rules back. */
const planOff = (observed: Observed): readonly Change[] => [
  ...planFiles({ [firewallPath]: 'absent' }, observed),
  ...(observed.firewall === undefined
    ? []
    : [
        {
          kind: 'remove-firewall' as const,
          subject: 'firewall',
          fields: [
            { name: 'table', before: 'present', after: 'absent' },
            ...observed.firewall.map((rule) => ({ name: 'rule', before: rule })),
          ],
        },
      ]),
]

/** Their order counts no more than that of a list of openings: each of them only lets in. */
const compareRules = (before: readonly string[] | undefined, after: readonly string[]): readonly Field[] => {
  const table: readonly Field[] =
    before === undefined ? [{ name: 'table', before: 'absent', after: 'all else is dropped' }] : []
  return [...table, ...compareLists('rule', before ?? [], after)]
}
