import { isEmpty } from './translate-values.ts'

type Names = Readonly<Record<string, string>>
type Reading = (value: unknown, names: Names) => unknown

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const dig = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)

/** As it is, without what says nothing, keys sorted. */
const plain: Reading = (value) => {
  if (Array.isArray(value)) return value.map((item: unknown) => (isObject(item) ? (plain(item, {}) ?? {}) : item))
  if (!isObject(value)) return isEmpty(value) ? undefined : value
  const entries = Object.keys(value)
    .sort()
    .map((key) => [key, plain(value[key], {})] as const)
    .filter(([, inner]) => !isEmpty(inner))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

const list: Reading = (value) => (Array.isArray(value) && value.length > 0 ? plain(value, {}) : undefined)
const milliseconds: Reading = (value) => (typeof value === 'number' && value !== 0 ? value / 1_000_000 : undefined)
/** Kept when false: it is asked for either way. */
const flag: Reading = (value) => value === true

/** Docker's path of every field Atoll sets, and the App's word for it. One value each. */
const single: readonly (readonly [field: string, path: string, reading: Reading])[] = [
  ['image', 'TaskTemplate.ContainerSpec.Image', plain],
  ['entrypoint', 'TaskTemplate.ContainerSpec.Command', list],
  ['command', 'TaskTemplate.ContainerSpec.Args', list],
  ['user', 'TaskTemplate.ContainerSpec.User', plain],
  ['groups', 'TaskTemplate.ContainerSpec.Groups', list],
  ['workingDir', 'TaskTemplate.ContainerSpec.Dir', plain],
  ['hostname', 'TaskTemplate.ContainerSpec.Hostname', plain],
  ['extraHosts', 'TaskTemplate.ContainerSpec.Hosts', list],
  ['dns.servers', 'TaskTemplate.ContainerSpec.DNSConfig.Nameservers', list],
  ['dns.search', 'TaskTemplate.ContainerSpec.DNSConfig.Search', list],
  ['dns.options', 'TaskTemplate.ContainerSpec.DNSConfig.Options', list],
  ['init', 'TaskTemplate.ContainerSpec.Init', flag],
  ['tty', 'TaskTemplate.ContainerSpec.TTY', flag],
  ['stdinOpen', 'TaskTemplate.ContainerSpec.OpenStdin', flag],
  ['readOnly', 'TaskTemplate.ContainerSpec.ReadOnly', flag],
  ['stopSignal', 'TaskTemplate.ContainerSpec.StopSignal', plain],
  ['stopGraceMs', 'TaskTemplate.ContainerSpec.StopGracePeriod', milliseconds],
  ['capAdd', 'TaskTemplate.ContainerSpec.CapabilityAdd', list],
  ['capDrop', 'TaskTemplate.ContainerSpec.CapabilityDrop', list],
  ['ulimits', 'TaskTemplate.ContainerSpec.Ulimits', list],
  ['isolation', 'TaskTemplate.ContainerSpec.Isolation', (value) => (value === 'default' ? undefined : value)],
  ['noNewPrivileges', 'TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges', plain],
  ['isSeLinuxDisabled', 'TaskTemplate.ContainerSpec.Privileges.SELinuxContext.Disable', plain],
  ['healthcheck.test', 'TaskTemplate.ContainerSpec.Healthcheck.Test', list],
  ['healthcheck.intervalMs', 'TaskTemplate.ContainerSpec.Healthcheck.Interval', milliseconds],
  ['healthcheck.timeoutMs', 'TaskTemplate.ContainerSpec.Healthcheck.Timeout', milliseconds],
  ['healthcheck.startPeriodMs', 'TaskTemplate.ContainerSpec.Healthcheck.StartPeriod', milliseconds],
  ['healthcheck.startIntervalMs', 'TaskTemplate.ContainerSpec.Healthcheck.StartInterval', milliseconds],
  ['healthcheck.retries', 'TaskTemplate.ContainerSpec.Healthcheck.Retries', plain],
  ['resources.limits', 'TaskTemplate.Resources.Limits', plain],
  ['resources.reservations', 'TaskTemplate.Resources.Reservations', plain],
  ['placement.constraints', 'TaskTemplate.Placement.Constraints', list],
  ['placement.spread', 'TaskTemplate.Placement.Preferences', list],
  ['placement.maxPerNode', 'TaskTemplate.Placement.MaxReplicas', plain],
  ['restart.condition', 'TaskTemplate.RestartPolicy.Condition', plain],
  ['restart.delayMs', 'TaskTemplate.RestartPolicy.Delay', milliseconds],
  ['restart.maxAttempts', 'TaskTemplate.RestartPolicy.MaxAttempts', plain],
  ['restart.windowMs', 'TaskTemplate.RestartPolicy.Window', milliseconds],
  ['logging.driver', 'TaskTemplate.LogDriver.Name', plain],
  ['generation', 'TaskTemplate.ForceUpdate', plain],
  ['update', 'UpdateConfig', plain],
  ['rollback', 'RollbackConfig', plain],
  ['mode.replicas', 'Mode.Replicated.Replicas', (value) => value],
  ['mode.global', 'Mode.Global', (value) => (value === undefined || value === null ? undefined : true)],
  ['ports', 'EndpointSpec.Ports', list],
  ['endpointMode', 'EndpointSpec.Mode', plain],
]

/** Engines' and Atoll's own labels are nobody's wish. */
const isPersons = (name: string): boolean => !/^(?:atoll|com\.docker\.(?:stack|swarm|service))\./.test(name)

const namedPairs: Reading = (value) =>
  isObject(value) ? Object.entries(value).filter(([name]) => isPersons(name)) : []

const variables: Reading = (value) =>
  Array.isArray(value)
    ? value.map((line) => String(line).split(/=(.*)/s, 2)).map(([name, text]) => [name, text ?? null])
    : []

const mountFields = ['Type', 'Source', 'ReadOnly', 'BindOptions', 'VolumeOptions', 'TmpfsOptions'] as const

/** `rprivate` is what a bind has that asks for nothing. */
const mountsByTarget: Reading = (value) =>
  items(value).map((mount) => {
    const known = mountFields.map((field) => [field, mount[field]] as const)
    const propagation = dig(mount, 'BindOptions.Propagation')
    const shown = known.filter(([field]) => field !== 'BindOptions' || propagation !== 'rprivate')
    return [String(mount['Target']), plain(Object.fromEntries(shown), {})]
  })

/** By name: ids are new after a restore of the cluster, names are what was asked for. */
const filesByTarget =
  (name: string): Reading =>
  (value) =>
    items(value).map((file) => [String(dig(file, 'File.Name')), plain({ name: file[name], file: file['File'] }, {})])

const networksByName: Reading = (value, names) =>
  items(value).map((network) => {
    const target = String(network['Target'])
    const aliases = Array.isArray(network['Aliases']) ? network['Aliases'].map(String).sort() : []
    return [names[target] ?? target, plain({ aliases, options: network['DriverOpts'] }, {}) ?? {}]
  })

const items = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isObject) : []

/** Fields with one value for each name: readings give pairs. */
const several: readonly (readonly [field: string, path: string, reading: Reading])[] = [
  ['environment', 'TaskTemplate.ContainerSpec.Env', variables],
  ['labels', 'TaskTemplate.ContainerSpec.Labels', namedPairs],
  ['serviceLabels', 'Labels', namedPairs],
  ['sysctls', 'TaskTemplate.ContainerSpec.Sysctls', namedPairs],
  ['logging.options', 'TaskTemplate.LogDriver.Options', namedPairs],
  ['mounts', 'TaskTemplate.ContainerSpec.Mounts', mountsByTarget],
  ['configs', 'TaskTemplate.ContainerSpec.Configs', filesByTarget('ConfigName')],
  ['secrets', 'TaskTemplate.ContainerSpec.Secrets', filesByTarget('SecretName')],
  ['networks', 'TaskTemplate.Networks', networksByName],
]

/** A service body as fields in the App's words; fields without a value are not in it. */
export const viewFields = (body: object, names: Names): ReadonlyMap<string, unknown> => {
  const view = new Map<string, unknown>()
  for (const [field, path, reading] of single) {
    const value = reading(dig(body, path), names)
    if (value !== undefined) view.set(field, value)
  }
  for (const [field, path, reading] of several) {
    for (const [name, value] of reading(dig(body, path), names) as readonly (readonly [string, unknown])[]) {
      view.set(`${field}.${name}`, value)
    }
  }
  return view
}
