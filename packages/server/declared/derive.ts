import { createHash } from 'node:crypto'
import { renderRules } from './firewall.ts'
import { parseAllow } from './file/parse-allow.ts'
import { parseSize } from './file/parse-size.ts'
import type { Settings } from './file/server-file.ts'
import {
  firewallPath,
  firewallUnit,
  firewallUnitPath,
  firewallUnitText,
  renderFirewall,
  renderSudoers,
  renderSysctl,
  renderTime,
  renderUpgrades,
  sudoersPath,
  sysctlPath,
  timePath,
  timeUnit,
  upgradesPath,
} from './texts.ts'
import type { Wanted, WantedFile, WantedUser } from './wanted.ts'

/** What is known of a server beyond what is declared, for its firewall. */
export interface Surroundings {
  readonly sshPort: number
  readonly peers: readonly string[]
}

/** `sources` are contents of files by the `source` that names them. */
export type Sources = ReadonlyMap<string, Uint8Array>

/** What a server is to have, with what follows: settings that are files, and the packages that are needed. Pure. */
export const derive = (settings: Settings, sources: Sources, around: Surroundings): Wanted => {
  const { swap, time, firewall } = settings
  return {
    packages: { ...neededPackages(settings), ...settings.packages },
    users: mapValues(settings.users ?? {}, (user) => (user === 'absent' ? user : toUser(user))),
    files: { ...declaredFiles(settings, sources), ...derivedFiles(settings) },
    sysctl: mapValues(settings.sysctl ?? {}, String),
    ...(swap === undefined ? {} : { swap: swap === 'off' ? swap : { sizeBytes: parseSize(swap.size) ?? 0 } }),
    ...(time?.zone === undefined ? {} : { zone: time.zone }),
    mounts: mapValues(settings.mounts ?? {}, (mount) =>
      mount === 'absent' ? mount : { ...mount, options: mount.options.join(',') },
    ),
    docker: settings.docker ?? {},
    ...(firewall === undefined ? {} : { firewall: firewall === 'off' ? firewall : toFirewall(firewall.allow, around) }),
  }
}

const neededPackages = (settings: Settings): Wanted['packages'] => {
  const { firewall, upgrades, time, users = {} } = settings
  const hasSudo = Object.values(users).some((user) => user !== 'absent' && user.sudo === true)
  const needed = [
    ...(firewall === undefined || firewall === 'off' ? [] : ['nftables']),
    ...(upgrades === undefined || upgrades === 'off' ? [] : ['unattended-upgrades']),
    ...(time?.ntp === undefined ? [] : ['systemd-timesyncd']),
    ...(time?.zone === undefined ? [] : ['tzdata']),
    ...(hasSudo ? ['sudo'] : []),
  ]
  return Object.fromEntries(needed.map((name) => [name, 'present']))
}

const toUser = ({ keys, groups, login }: Exclude<NonNullable<Settings['users']>[string], 'absent'>): WantedUser => ({
  ...(keys === undefined ? {} : { keys: keys.map((key) => key.trim()) }),
  ...(groups === undefined ? {} : { groups: [...new Set(groups)].toSorted() }),
  ...(login === undefined ? {} : { login }),
})

const declaredFiles = ({ files = {} }: Settings, sources: Sources): Wanted['files'] =>
  mapValues(files, (file) => {
    if (file === 'absent') return file
    const { content, source, owner, group, mode } = file
    const bytes = source === undefined ? encode(content ?? '') : (sources.get(source) ?? new Uint8Array())
    return toFile(bytes, { owner, group, mode: String(Number(mode)) })
  })

const derivedFiles = ({ users = {}, sysctl = {}, time, upgrades }: Settings): Wanted['files'] => ({
  ...Object.fromEntries(
    Object.entries(users)
      .filter(([name, user]) => user === 'absent' || (name !== 'root' && user.sudo !== undefined))
      .map(([name, user]) => [
        sudoersPath(name),
        user !== 'absent' && user.sudo === true ? textFile(renderSudoers(name), { mode: '440' }) : 'absent',
      ]),
  ),
  ...(Object.keys(sysctl).length === 0 ? {} : { [sysctlPath]: textFile(renderSysctl(mapValues(sysctl, String))) }),
  ...(time?.ntp === undefined ? {} : { [timePath]: textFile(renderTime(time.ntp), { unit: timeUnit }) }),
  ...(upgrades === undefined ? {} : { [upgradesPath]: textFile(renderUpgrades(upgrades)) }),
})

const toFirewall = (allow: readonly string[], around: Surroundings): NonNullable<Wanted['firewall']> => {
  const rules = renderRules({ ...around, allowed: allow.flatMap((text) => parseAllow(text) ?? []) })
  const files = { [firewallPath]: textFile(renderFirewall(rules)), [firewallUnitPath]: textFile(firewallUnitText) }
  return { rules, files, unit: firewallUnit }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const textFile = (text: string, more: Partial<WantedFile> = {}): WantedFile => toFile(encode(text), more)

const toFile = (bytes: Uint8Array, more: Partial<WantedFile> = {}): WantedFile => ({
  bytes,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  owner: 'root',
  group: 'root',
  mode: '644',
  ...more,
})

const mapValues = <From, To>(values: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]))
