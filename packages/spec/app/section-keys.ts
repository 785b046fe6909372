import { honoured, type KeyTable } from './keys.ts'

/** Keys below a service, and of networks, volumes, configs and secrets. Services' own keys stand in service-keys.ts. */
export const topKeys: KeyTable = {
  ...honoured('configs', 'include', 'name', 'networks', 'secrets', 'services', 'version', 'volumes'),
  models: { verdict: 'refused', message: 'model runners are not supported', hint: 'run the model as a service' },
}

export const deployKeys: KeyTable = {
  ...honoured(
    'labels',
    'mode',
    'placement',
    'replicas',
    'resources',
    'restart_policy',
    'rollback_config',
    'update_config',
  ),
  endpoint_mode: {
    verdict: 'warning',
    message: 'virtual addresses cut idle connections; names resolve to the tasks themselves',
    harmless: ['dnsrr'],
  },
}

export const limitKeys: KeyTable = honoured('cpus', 'memory', 'pids')

export const reservationKeys: KeyTable = {
  ...honoured('cpus', 'generic_resources', 'memory'),
  devices: {
    verdict: 'refused',
    message: 'Swarm cannot hand devices to tasks this way',
    hint: 'name the devices as generic resources of the node and set generic_resources',
  },
}

export const buildKeys: KeyTable = {
  ...honoured(
    'args',
    'context',
    'dockerfile',
    'dockerfile_inline',
    'extra_hosts',
    'labels',
    'network',
    'no_cache',
    'platforms',
    'pull',
    'tags',
    'target',
  ),
  additional_contexts: { verdict: 'refused', message: 'a build has one context', hint: 'COPY --from an image instead' },
  cache_from: { verdict: 'warning', message: "the build uses the engine's own cache" },
  cache_to: { verdict: 'warning', message: "the build uses the engine's own cache" },
  entitlements: { verdict: 'refused', message: 'builds have no further rights', hint: 'remove it' },
  isolation: { verdict: 'warning', message: 'means nothing on Linux' },
  no_cache_filter: {
    verdict: 'warning',
    message: 'the cache is used for all stages or for none',
    hint: 'set no_cache',
  },
  privileged: { verdict: 'refused', message: 'builds are not privileged', hint: 'remove it' },
  provenance: { verdict: 'warning', message: 'no attestation is made' },
  sbom: { verdict: 'warning', message: 'no bill of materials is made' },
  secrets: {
    verdict: 'refused',
    message: 'builds are given no secrets',
    hint: 'fetch what needs them before the build',
  },
  shm_size: { verdict: 'warning', message: "builds have the engine's default of shared memory" },
  ssh: { verdict: 'refused', message: 'builds are given no SSH agent', hint: 'fetch what needs it before the build' },
  ulimits: { verdict: 'warning', message: "builds have the engine's default limits" },
}

/** Of a service's attachment to a network. */
export const attachmentKeys: KeyTable = {
  ...honoured('aliases', 'driver_opts'),
  gw_priority: { verdict: 'warning', message: 'the engine chooses the way out' },
  interface_name: { verdict: 'refused', message: 'the engine names interfaces', hint: 'find it by its address' },
  ipv4_address: { verdict: 'refused', message: 'the engine gives addresses', hint: 'use the service name' },
  ipv6_address: { verdict: 'refused', message: 'the engine gives addresses', hint: 'use the service name' },
  link_local_ips: { verdict: 'refused', message: 'the engine gives addresses', hint: 'use the service name' },
  mac_address: { verdict: 'refused', message: 'the engine gives addresses', hint: 'remove it' },
  priority: { verdict: 'warning', message: 'the engine orders the interfaces of a task' },
}

export const networkKeys: KeyTable = {
  ...honoured('attachable', 'driver', 'driver_opts', 'enable_ipv4', 'external', 'internal', 'ipam', 'labels', 'name'),
  enable_ipv6: {
    verdict: 'warning',
    message: 'overlay networks carry IPv4 inside of the cluster',
    hint: 'publish ports; these answer IPv6 too',
  },
}

export const volumeKeys: KeyTable = honoured('driver', 'driver_opts', 'external', 'labels', 'name')

export const fileKeys: KeyTable = {
  ...honoured('content', 'environment', 'external', 'file', 'labels', 'name', 'template_driver'),
  driver: { verdict: 'refused', message: 'secret drivers are not supported', hint: 'create it and set external: true' },
  driver_opts: {
    verdict: 'refused',
    message: 'secret drivers are not supported',
    hint: 'create it and set external: true',
  },
}

export const mountKeys: KeyTable = {
  ...honoured('bind', 'read_only', 'source', 'target', 'tmpfs', 'type', 'volume'),
  cluster: { verdict: 'refused', message: 'cluster volumes are not supported', hint: 'use a named volume' },
  consistency: { verdict: 'warning', message: 'means nothing on Linux' },
  image: { verdict: 'refused', message: 'images are not mounted', hint: 'copy what is needed in the Dockerfile' },
}

export const bindKeys: KeyTable = {
  ...honoured('propagation'),
  create_host_path: { verdict: 'warning', message: 'the engine creates no folders on nodes' },
  recursive: { verdict: 'warning', message: 'mounts below the folder are mounted too, as the engine does it' },
  selinux: { verdict: 'warning', message: 'the engine relabels nothing', hint: 'run chcon on the nodes' },
}

export const volumeMountKeys: KeyTable = {
  ...honoured('nocopy'),
  labels: { verdict: 'warning', message: 'labels of one mount are not kept', hint: 'set labels at the volume' },
  subpath: {
    verdict: 'refused',
    message: 'a folder within a volume cannot be mounted',
    hint: 'use a volume of its own',
  },
}

export const tmpfsKeys: KeyTable = honoured('mode', 'size')
