import type { Change } from './change.ts'
import type { Observed } from './observed.ts'
import { usualLogin } from './texts.ts'

/** What a server is after a change: the meaning of each, for tests of the plan. */
export const simulate = (world: Observed, change: Change): Observed => {
  switch (change.kind) {
    case 'install-packages':
      return { ...world, packages: [...new Set([...world.packages, ...change.names])] }
    case 'remove-packages':
      return { ...world, packages: world.packages.filter((name) => !change.names.includes(name)) }
    case 'create-user': {
      const { login = usualLogin, groups = [] } = change.wanted
      return { ...world, users: { ...world.users, [change.user]: { login, groups, keys: [] } } }
    }
    case 'change-user':
      return withUser(world, change.user, change.wanted)
    case 'set-keys':
      return withUser(world, change.user, { keys: change.keys })
    case 'remove-user':
      return { ...world, users: without(world.users, change.user) }
    case 'write-file': {
      const { sha256, owner, group, mode, unit } = change.file
      const file = { type: 'regular file', sha256, owner, group, mode }
      return told({ ...world, files: { ...world.files, [change.path]: file } }, unit)
    }
    case 'remove-file':
      return { ...world, files: without(world.files, change.path) }
    case 'set-sysctl':
      return { ...world, sysctl: { ...world.sysctl, ...change.values } }
    case 'set-zone':
      return { ...world, zone: change.zone }
    case 'make-swap':
      return { ...world, swap: { sizeBytes: change.sizeBytes, isActive: true, isInFstab: true } }
    case 'remove-swap':
      return { ...world, swap: { sizeBytes: 0, isActive: false, isInFstab: false } }
    case 'mount': {
      const { device, type } = change.mount
      const mounted = world.mounts[change.path]?.mounted ?? `${device} (${type})`
      return { ...world, mounts: { ...world.mounts, [change.path]: { line: change.mount, mounted } } }
    }
    case 'unmount':
      return { ...world, mounts: { ...world.mounts, [change.path]: {} } }
    case 'set-docker':
      return told({ ...world, docker: { ...world.docker, ...change.values } }, 'docker.service')
    case 'load-firewall':
      return { ...world, firewall: change.rules }
    case 'remove-firewall':
      return without(world, 'firewall')
    case 'enable-unit':
      return { ...world, enabledUnits: [...world.enabledUnits, change.unit] }
    case 'tell-unit':
      return told(world, change.unit)
  }
}

const withUser = (world: Observed, name: string, change: Partial<Observed['users'][string]>): Observed => {
  const user = { login: '', groups: [], keys: [], ...world.users[name], ...definedOf(change) }
  return { ...world, users: { ...world.users, [name]: user } }
}

const definedOf = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Value

const without = <Value extends object, Key extends keyof Value>(value: Value, key: Key): Omit<Value, Key> => {
  const { [key]: _gone, ...rest } = value
  return rest
}

const told = (world: Observed, unit: string | undefined): Observed => ({
  ...world,
  pendingUnits: world.pendingUnits.filter((pending) => pending !== unit),
})
