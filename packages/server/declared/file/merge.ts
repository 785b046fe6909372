import type { ServerFile, Settings } from './server-file.ts'

/** What one server is to have: what all have, then its roles in the order of the file, then its own. */
export const mergeSettings = (
  { all, roles = {}, nodes = {} }: ServerFile,
  { name, labels }: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
): Settings => {
  const mine = Object.entries(roles).filter(([role]) => hasLabel(labels, role))
  const layers = [all, ...mine.map(([, settings]) => settings), nodes[name] ?? undefined]
  return layers.reduce<Settings>((below, above) => (above === undefined ? below : lay(below, above)), {})
}

const hasLabel = (labels: Readonly<Record<string, string>>, role: string): boolean => {
  const at = role.indexOf('=')
  return Object.hasOwn(labels, role.slice(0, at)) && labels[role.slice(0, at)] === role.slice(at + 1)
}

/** What has names is merged by them; openings of the firewall add up; the rest is the later one's. */
const lay = (below: Settings, above: Settings): Settings => ({
  ...below,
  ...pick(above, ['swap', 'upgrades']),
  ...byName(below, above, 'users'),
  ...byName(below, above, 'packages'),
  ...byName(below, above, 'sysctl'),
  ...byName(below, above, 'time'),
  ...byName(below, above, 'mounts'),
  ...byName(below, above, 'files'),
  ...byName(below, above, 'docker'),
  ...layFirewall(below.firewall, above.firewall),
})

const pick = (settings: Settings, keys: readonly ('swap' | 'upgrades')[]): Settings =>
  Object.fromEntries(keys.flatMap((key) => (settings[key] === undefined ? [] : [[key, settings[key]]])))

type Named = 'users' | 'packages' | 'sysctl' | 'time' | 'mounts' | 'files' | 'docker'

const byName = (below: Settings, above: Settings, key: Named): Settings =>
  above[key] === undefined ? {} : { [key]: { ...below[key], ...above[key] } }

const layFirewall = (below: Settings['firewall'], above: Settings['firewall']): Settings => {
  if (above === undefined) return {}
  if (above === 'off' || below === undefined || below === 'off') return { firewall: above }
  return { firewall: { allow: [...new Set([...below.allow, ...above.allow])] } }
}
