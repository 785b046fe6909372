import type { Node } from '../node.ts'
import { findEntry, nodeOf } from '../node.ts'
import { bytesAsText, decimal, duration, list, nullable, oneOf, record, shorthand, text, whole } from '../shape.ts'
import type { DurationShape } from '../shape.ts'
import { labels, texts } from './values.ts'

/** Absent and zero mean the same in an update policy. */
const delay: DurationShape = { kind: 'duration' }

const updatePolicy = record({
  parallelism: whole({ minimum: 0, keepsZero: true }),
  delay,
  failure_action: text(),
  monitor: delay,
  max_failure_ratio: decimal,
  order: oneOf('start-first', 'stop-first'),
})

const resource = { cpus: decimal, memory: bytesAsText }

const deviceRequest = record({
  capabilities: texts,
  count: whole({ words: { all: -1 } }),
  device_ids: texts,
  driver: text(),
  options: labels,
})

const deviceRequests = list(deviceRequest)

/** `gpus: all` asks for every one. */
export const gpus = shorthand(
  (node: Node) =>
    node.kind === 'scalar' && node.value === 'all'
      ? { kind: 'ok', value: nodeOf([{ count: 'all' }], node.at) }
      : { kind: 'ok', value: node },
  deviceRequests,
)

const resources = record({
  limits: record({ ...resource, pids: whole() }),
  reservations: record({
    ...resource,
    generic_resources: list(record({ discrete_resource_spec: record({ kind: text(), value: whole() }) })),
    devices: deviceRequests,
  }),
})

const placement = record({
  constraints: list(text()),
  preferences: list(record({ spread: text() })),
  max_replicas_per_node: whole({ minimum: 0 }),
})

export const deploy = nullable(
  record({
    mode: text(),
    endpoint_mode: text(),
    replicas: whole({ minimum: 0, keepsZero: true }),
    labels,
    rollback_config: updatePolicy,
    update_config: updatePolicy,
    resources,
    restart_policy: record({
      condition: text(),
      delay: duration,
      max_attempts: whole({ minimum: 0, keepsZero: true }),
      window: duration,
    }),
    placement,
  }),
)

/** compose-go takes logging options of two files together only when both mean the same driver. */
export const logging = record(
  { driver: text(), options: { kind: 'dictionary', value: nullable(text({ takesAny: true })) } },
  {
    isReplaced: (base, overlay) => {
      const [earlier, later] = [findEntry(base, 'driver'), findEntry(overlay, 'driver')]
      return earlier?.kind === 'scalar' && later?.kind === 'scalar' && earlier.text !== later.text
    },
  },
)
