import type { Node } from '../node.ts'
import { findText, isFilled, nodeOf } from '../node.ts'
import {
  bytes,
  decimal,
  dictionary,
  duration,
  explicitFlag,
  flag,
  impliedFlag,
  list,
  nullable,
  oneOf,
  record,
  shorthand,
  text,
  textOrNumber,
  whole,
} from '../shape.ts'
import type { Shape } from '../shape.ts'
import { build, develop } from './build.ts'
import { deploy, gpus, logging } from './deploy.ts'
import { serviceSettings } from './settings.ts'
import { devices, files, ports, volumes } from './mounts.ts'
import { driverOptions, hosts, keyedTexts, labels, NAMES, named, texts, ulimits, variables, words } from './values.ts'

const healthcheck = record({
  disable: flag,
  interval: duration,
  retries: whole({ minimum: 0, keepsZero: true }),
  test: { kind: 'words', split: (command) => ({ kind: 'ok', value: ['CMD-SHELL', command] }) },
  timeout: duration,
  start_period: duration,
  start_interval: duration,
})

const dependsOn = named(
  dictionary(
    record(
      {
        condition: oneOf('service_started', 'service_healthy', 'service_completed_successfully'),
        required: explicitFlag,
        restart: flag,
      },
      { required: ['condition'] },
    ),
    NAMES,
  ),
  { condition: 'service_started', required: true },
)

const networks = named(
  dictionary(
    nullable(
      record({
        aliases: keyedTexts(),
        interface_name: text(),
        ipv4_address: text(),
        ipv6_address: text(),
        link_local_ips: keyedTexts(),
        mac_address: text(),
        driver_opts: driverOptions,
        priority: whole(),
        gw_priority: whole(),
      }),
    ),
    NAMES,
  ),
)

const models = named(dictionary(nullable(record({ endpoint_var: text(), model_var: text() }))))

const envFiles = list(
  shorthand(
    (node) => ({ kind: 'ok', value: isFilled(node) ? nodeOf({ path: node.value }, node.at) : node }),
    record({ path: text(), format: text(), required: impliedFlag }, { required: ['path'] }),
  ),
  { takesScalar: true, keyOf: (item) => findText(item, 'path') },
)

const hookFields = { command: words, user: text(), privileged: flag, working_dir: text(), environment: variables }
const hooks = list(record(hookFields, { required: ['command'] }))
const startHooks = list(record({ ...hookFields, image: text(), per_replica: flag }))

const blockLimit = list(record({ path: text(), rate: bytes }))

const blockIo = record({
  device_read_bps: blockLimit,
  device_read_iops: blockLimit,
  device_write_bps: blockLimit,
  device_write_iops: blockLimit,
  weight: whole({ minimum: 0, maximum: 65_535 }),
  weight_device: list(record({ path: text(), weight: whole({ minimum: 0, maximum: 65_535 }) })),
})

const provider = record(
  { type: text(), options: dictionary(list(text({ takesAny: true }), { takesScalar: true })) },
  { required: ['type'] },
)

const exposed = list(textOrNumber, { keyOf: (item: Node) => (item.kind === 'scalar' ? item.text : undefined) })

/** Every key of a service. Sources: compose-spec.json and the merge, unicity and canonical rules of compose-go 2.14. */
const fields: Readonly<Record<string, Shape>> = {
  annotations: labels,
  attach: explicitFlag,
  blkio_config: blockIo,
  build,
  cap_add: keyedTexts(),
  cap_drop: keyedTexts(),
  cgroup: oneOf('host', 'private'),
  cgroup_parent: text(),
  command: words,
  configs: files(''),
  container_name: text({ pattern: /[a-zA-Z0-9][a-zA-Z0-9_.-]+/ }),
  cpu_count: whole({ minimum: 0 }),
  cpu_percent: { kind: 'number', isWhole: false, minimum: 0, maximum: 100 },
  cpu_period: whole(),
  cpu_quota: whole(),
  cpu_rt_period: whole(),
  cpu_rt_runtime: whole(),
  cpu_shares: whole(),
  cpus: decimal,
  cpuset: text(),
  credential_spec: record({ config: text(), file: text(), registry: text() }),
  depends_on: dependsOn,
  deploy,
  develop: nullable(develop),
  device_cgroup_rules: texts,
  devices,
  dns: keyedTexts({ takesScalar: true, dropsEmpty: true }),
  dns_opt: keyedTexts(),
  dns_search: keyedTexts({ takesScalar: true }),
  domainname: text(),
  entrypoint: words,
  env_file: envFiles,
  environment: variables,
  expose: exposed,
  extends: {
    kind: 'forms',
    scalar: text(),
    mapping: record({ service: text(), file: text() }, { required: ['service'] }),
  },
  external_links: texts,
  extra_hosts: hosts,
  gpus,
  group_add: list(textOrNumber, { isUnique: true }),
  healthcheck,
  hostname: text(),
  image: text(),
  init: explicitFlag,
  ipc: text(),
  isolation: text(),
  label_file: list(text(), { takesScalar: true }),
  labels,
  links: keyedTexts(),
  logging,
  mac_address: text(),
  mem_limit: bytes,
  mem_reservation: bytes,
  mem_swappiness: bytes,
  memswap_limit: bytes,
  models,
  network_mode: text(),
  networks,
  oom_kill_disable: flag,
  oom_score_adj: whole({ minimum: -1000, maximum: 1000 }),
  pid: nullable(text()),
  pids_limit: whole(),
  platform: text(),
  ports,
  post_start: hooks,
  pre_start: startHooks,
  pre_stop: hooks,
  privileged: flag,
  profiles: keyedTexts(),
  provider,
  pull_policy: text({
    pattern: /always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+/,
  }),
  pull_refresh_after: text(),
  read_only: flag,
  restart: text(),
  runtime: text(),
  scale: whole({ minimum: 0, keepsZero: true }),
  secrets: files('/run/secrets'),
  security_opt: texts,
  shm_size: bytes,
  stdin_open: flag,
  stop_grace_period: duration,
  stop_signal: text(),
  storage_opt: driverOptions,
  sysctls: labels,
  tmpfs: keyedTexts({ takesScalar: true }),
  tty: flag,
  ulimits,
  use_api_socket: flag,
  user: text(),
  userns_mode: text(),
  uts: text(),
  volumes,
  volumes_from: texts,
  working_dir: text(),
}

export const service = record({ ...fields, 'x-atoll': serviceSettings })
