import { z } from 'zod'
import type { Build, Mount, Network, Service, StoredFile, Volume } from '@atoll/spec'
import { countShape, nameShape, pairsShape, textsShape, volumeNameShape } from './names.ts'

/**
 * The types of `@atoll/spec` as whoever must not trust them reads them. A key that is not known here is refused: the policy
 * cannot have judged what it does not know.
 */
const text = z.string().exactOptional()
const count = countShape.exactOptional()
const texts = textsShape
const pairs = pairsShape

export const volumeShape: z.ZodType<Volume> = z.strictObject({
  name: z.string(),
  engineName: volumeNameShape,
  isExternal: z.boolean(),
  driver: z.string(),
  driverOptions: pairs,
  labels: pairs,
} satisfies Record<keyof Volume, z.ZodType>)

const subnetShape = z.strictObject({ subnet: text, gateway: text, ipRange: text })

export const networkShape: z.ZodType<Network> = z.strictObject({
  name: z.string(),
  engineName: nameShape,
  isExternal: z.boolean(),
  driver: z.string(),
  driverOptions: pairs,
  isAttachable: z.boolean(),
  isInternal: z.boolean(),
  labels: pairs,
  ipam: z.strictObject({ driver: text, subnets: z.array(subnetShape) }).exactOptional(),
} satisfies Record<keyof Network, z.ZodType>)

export const fileShape: z.ZodType<StoredFile> = z.strictObject({
  name: z.string(),
  engineName: nameShape,
  isExternal: z.boolean(),
  labels: pairs,
  dataBase64: z.base64().exactOptional(),
  templateDriver: text,
} satisfies Record<keyof StoredFile, z.ZodType>)

export const buildShape: z.ZodType<Build> = z.strictObject({
  context: z.string(),
  dockerfile: z.string(),
  dockerfileInline: text,
  target: text,
  args: pairs,
  labels: pairs,
  extraHosts: texts,
  network: text,
  platforms: texts,
  tags: texts,
  isPulling: z.boolean(),
  noCache: z.boolean(),
} satisfies Record<keyof Build, z.ZodType>)

const place = { target: z.string(), isReadOnly: z.boolean() }
const mountShape: z.ZodType<Mount> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('volume'),
    volume: z.string(),
    definition: volumeShape,
    noCopy: z.boolean(),
    ...place,
  }),
  z.strictObject({ kind: z.literal('anonymous'), noCopy: z.boolean(), ...place }),
  z.strictObject({ kind: z.literal('bind'), source: z.string(), propagation: text, ...place }),
  z.strictObject({ kind: z.literal('tmpfs'), sizeBytes: count, mode: count, ...place }),
  z.strictObject({ kind: z.literal('npipe'), source: z.string(), ...place }),
])

const fileReference = z.strictObject({
  name: z.string(),
  engineName: nameShape,
  target: z.string(),
  uid: z.string(),
  gid: z.string(),
  mode: countShape,
})
const attachment = z.strictObject({
  network: z.string(),
  engineName: nameShape,
  aliases: texts,
  driverOptions: pairs,
})
const port = z.strictObject({
  target: countShape.max(65_535),
  published: countShape.max(65_535).exactOptional(),
  protocol: z.enum(['tcp', 'udp', 'sctp']),
  mode: z.enum(['host', 'ingress']),
})
const healthcheck = z.strictObject({
  test: texts,
  intervalMs: count,
  timeoutMs: count,
  startPeriodMs: count,
  startIntervalMs: count,
  retries: count,
})
const generic = z.array(z.strictObject({ kind: z.string(), value: countShape })).exactOptional()
const resources = z.strictObject({ nanoCpus: count, memoryBytes: count, pids: z.int().exactOptional(), generic })
const placement = z.strictObject({ constraints: texts, spread: texts, maxPerNode: countShape })
const mode = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('replicated'), replicas: countShape }),
  z.strictObject({ kind: z.literal('global') }),
  z.strictObject({ kind: z.literal('once'), completions: countShape, concurrency: countShape }),
  z.strictObject({ kind: z.literal('once-per-node') }),
])
const restart = z.strictObject({
  condition: z.enum(['none', 'on-failure', 'any']),
  delayMs: count,
  maxAttempts: count,
  windowMs: count,
})
const updatePolicy = z.strictObject({
  parallelism: countShape,
  delayMs: countShape,
  monitorMs: countShape,
  maxFailureRatio: z.number().min(0).max(1),
  order: z.enum(['start-first', 'stop-first']),
  failureAction: z.enum(['rollback', 'pause', 'continue']),
})
const dependency = z.strictObject({
  service: z.string(),
  condition: z.enum(['started', 'healthy', 'completed']),
  isRequired: z.boolean(),
  restarts: z.boolean(),
})
const flag = z.boolean().exactOptional()

export const serviceShape: z.ZodType<Service> = z.strictObject({
  name: z.string(),
  engineName: nameShape,
  image: z.string(),
  build: buildShape.exactOptional(),
  entrypoint: texts.exactOptional(),
  command: texts.exactOptional(),
  environment: pairs,
  unsetVariables: texts.exactOptional(),
  user: text,
  groups: texts,
  workingDir: text,
  hostname: text,
  extraHosts: texts,
  dns: z.strictObject({ servers: texts, search: texts, options: texts }),
  labels: pairs,
  serviceLabels: pairs,
  mounts: z.array(mountShape),
  configs: z.array(fileReference),
  secrets: z.array(fileReference),
  networks: z.array(attachment),
  ports: z.array(port),
  healthcheck: healthcheck.exactOptional(),
  init: z.boolean(),
  readOnly: z.boolean(),
  tty: z.boolean(),
  stdinOpen: z.boolean(),
  stopSignal: text,
  stopGraceMs: count,
  capAdd: texts,
  capDrop: texts,
  noNewPrivileges: flag,
  isSeLinuxDisabled: flag,
  sysctls: pairs,
  ulimits: z.array(z.strictObject({ name: z.string(), soft: z.int(), hard: z.int() })),
  isolation: text,
  resources: z.strictObject({ limits: resources, reservations: resources }),
  placement,
  mode,
  restart,
  update: updatePolicy,
  rollback: updatePolicy,
  logging: z.strictObject({ driver: z.string(), options: pairs }),
  dependsOn: z.array(dependency),
  generation: countShape,
} satisfies Record<keyof Service, z.ZodType>)
