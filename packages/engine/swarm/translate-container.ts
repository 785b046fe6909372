import type { FileReference, Healthcheck, Service } from '@atoll/spec'
import type { ContainerBody, FileBody, HealthBody } from './bodies.ts'
import { environmentLabelsOf, type TranslateContext } from './translate-context.ts'
import { renderFamiliarImage } from './familiar-image.ts'
import { translateMount } from './translate-mount.ts'
import { given, nanoseconds } from './translate-values.ts'

/** Says nothing of the release: a label here would restart tasks that have not changed. */
export const translateContainer = (service: Service, { ref, ids }: TranslateContext): ContainerBody => ({
  Image: renderFamiliarImage(service.image),
  Labels: { ...service.labels, ...environmentLabelsOf(ref), 'atoll.service': service.name },
  Init: service.init,
  // Zero is a wish of its own: killed at once.
  ...(service.stopGraceMs === undefined ? {} : { StopGracePeriod: nanoseconds(service.stopGraceMs) ?? 0 }),
  ...given({
    Command: service.entrypoint,
    Args: service.command,
    Env: [...pairs(service.environment), ...(service.unsetVariables ?? [])],
    Dir: service.workingDir,
    User: service.user,
    Groups: service.groups,
    Hostname: service.hostname,
    Hosts: service.extraHosts.map(hostLine),
    DNSConfig: given({
      Nameservers: service.dns.servers,
      Search: service.dns.search,
      Options: service.dns.options,
    }),
    Mounts: service.mounts.map((mount) => translateMount(mount, ref)),
    Configs: service.configs.map((file) => ({
      ...translateFile(file),
      ConfigID: ids?.configs[file.engineName] ?? '',
      ConfigName: file.engineName,
    })),
    Secrets: service.secrets.map((file) => ({
      ...translateFile(file),
      SecretID: ids?.secrets[file.engineName] ?? '',
      SecretName: file.engineName,
    })),
    Healthcheck: translateHealth(service.healthcheck),
    TTY: service.tty,
    OpenStdin: service.stdinOpen,
    ReadOnly: service.readOnly,
    StopSignal: service.stopSignal,
    CapabilityAdd: service.capAdd,
    CapabilityDrop: service.capDrop,
    Sysctls: service.sysctls,
    Ulimits: service.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    Isolation: service.isolation,
    Privileges: given({
      NoNewPrivileges: service.noNewPrivileges,
      SELinuxContext: service.isSeLinuxDisabled === true ? { Disable: true } : undefined,
    }),
  }),
})

const pairs = (record: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(record)
    .sort()
    .map((key) => `${key}=${record[key] ?? ''}`)

/** `HOST:IP` -> `IP HOST`, swarmkit's notation. */
const hostLine = (line: string): string => {
  const colon = line.indexOf(':')
  return `${line.slice(colon + 1)} ${line.slice(0, colon)}`
}

const translateFile = ({ target, uid, gid, mode }: FileReference): FileBody => ({
  File: { Name: target, UID: uid, GID: gid, Mode: mode },
})

const translateHealth = (check: Healthcheck | undefined): HealthBody | undefined =>
  check &&
  given({
    Test: check.test,
    Interval: nanoseconds(check.intervalMs),
    Timeout: nanoseconds(check.timeoutMs),
    StartPeriod: nanoseconds(check.startPeriodMs),
    StartInterval: nanoseconds(check.startIntervalMs),
    Retries: check.retries,
  })
