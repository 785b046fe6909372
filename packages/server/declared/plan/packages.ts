import type { Change } from '../change.ts'
import type { Observed } from '../observed.ts'
import type { Wanted } from '../wanted.ts'

export const planPackages = ({ packages }: Wanted, observed: Observed): readonly Change[] => {
  const names = Object.keys(packages).toSorted()
  const missing = names.filter((name) => packages[name] === 'present' && !observed.packages.includes(name))
  const surplus = names.filter((name) => packages[name] === 'absent' && observed.packages.includes(name))
  return [
    // Removals first: what is wanted may not go together with what is not.
    ...(surplus.length === 0 ? [] : [{ kind: 'remove-packages' as const, names: surplus, ...show(surplus, 'absent') }]),
    ...(missing.length === 0
      ? []
      : [{ kind: 'install-packages' as const, names: missing, ...show(missing, 'present') }]),
  ]
}

const show = (names: readonly string[], after: 'present' | 'absent') => ({
  subject: 'packages',
  fields: names.map((name) => ({ name, before: after === 'present' ? 'absent' : 'present', after })),
})
