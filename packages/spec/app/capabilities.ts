import { at, textsOf, type Source } from './source.ts'

const ALL = 'ALL'
const PREFIX = 'CAP_'

const normalize = (name: string): string => {
  const upper = name.trim().toUpperCase()
  return upper === ALL || upper.startsWith(PREFIX) ? upper : `${PREFIX}${upper}`
}

const capabilitiesOf = (source: Source): readonly string[] => {
  const names = [...new Set(textsOf(source).map(normalize))].sort()
  return names.includes(ALL) ? [ALL] : names
}

/** `cap_add` and `cap_drop` as docker/cli has them (opts/capabilities.go): normalized, and adding wins over dropping. */
export const capabilityChangesOf = (
  service: Source,
): { readonly capAdd: readonly string[]; readonly capDrop: readonly string[] } => {
  const capAdd = capabilitiesOf(at(service, 'cap_add'))
  return { capAdd, capDrop: capabilitiesOf(at(service, 'cap_drop')).filter((name) => !capAdd.includes(name)) }
}
