import type { FieldChange } from '@atoll/plan'
import type { Service } from '@atoll/spec'
import { takeOverEntry } from './take-over-entry.ts'
import { readConstraints, readResources } from './read-engine-values.ts'

export interface Taken {
  readonly service: Service
  /** Fields that differ in a way the App has no words for. */
  readonly refused: readonly string[]
}

/** A service, what the engine was asked for of it, and what it shows instead. */
interface Drifted {
  readonly service: Service
  readonly definition: Service
  readonly drift: readonly FieldChange[]
}

/** The service as somebody left it behind us: each changed field with the value that the engine has. */
export const takeOver = ({ service, definition, drift }: Drifted): Taken =>
  drift.reduce<Taken>(
    (taken, change) => {
      const next = takeOverField({ service: taken.service, definition }, change)
      return next === undefined ? { ...taken, refused: [...taken.refused, change.field] } : { ...taken, service: next }
    },
    { service, refused: [] },
  )

type Pair = Pick<Drifted, 'service' | 'definition'>

/** Undefined: the App cannot say this. */
const takeOverField = ({ service, definition }: Pair, { field, from }: FieldChange): Service | undefined => {
  const value: unknown = from === undefined ? undefined : JSON.parse(from)
  switch (field) {
    case 'image':
      return typeof value === 'string' ? { ...service, image: value } : undefined
    case 'mode.replicas':
      return service.mode.kind === 'replicated' && typeof value === 'number'
        ? { ...service, mode: { kind: 'replicated', replicas: value } }
        : undefined
    case 'generation':
      // One that holds the fingerprint of a dependency is nobody's wish.
      return definition.generation === service.generation && typeof value === 'number'
        ? { ...service, generation: value }
        : undefined
    case 'placement.constraints': {
      const constraints = readConstraints(value, { service, definition })
      return constraints && { ...service, placement: { ...service.placement, constraints } }
    }
    case 'resources.limits':
    case 'resources.reservations': {
      const found = readResources(value)
      const side = field === 'resources.limits' ? 'limits' : 'reservations'
      return found && { ...service, resources: { ...service.resources, [side]: found } }
    }
    default:
      return takeOverEntry(service, field, value) ?? takeOverPlain(service, field, value)
  }
}

type Kind = 'text' | 'texts' | 'number' | 'flag'

/** Fields that the engine has as the App does. `empty`: what stands there when the engine has nothing. */
const plain: Readonly<Record<string, { readonly kind: Kind; readonly empty?: unknown }>> = {
  entrypoint: { kind: 'texts' },
  command: { kind: 'texts' },
  user: { kind: 'text' },
  groups: { kind: 'texts', empty: [] },
  workingDir: { kind: 'text' },
  hostname: { kind: 'text' },
  'dns.servers': { kind: 'texts', empty: [] },
  'dns.search': { kind: 'texts', empty: [] },
  'dns.options': { kind: 'texts', empty: [] },
  init: { kind: 'flag', empty: false },
  tty: { kind: 'flag', empty: false },
  stdinOpen: { kind: 'flag', empty: false },
  readOnly: { kind: 'flag', empty: false },
  stopSignal: { kind: 'text' },
  stopGraceMs: { kind: 'number' },
  capAdd: { kind: 'texts', empty: [] },
  capDrop: { kind: 'texts', empty: [] },
  'healthcheck.test': { kind: 'texts', empty: [] },
  'healthcheck.intervalMs': { kind: 'number' },
  'healthcheck.timeoutMs': { kind: 'number' },
  'healthcheck.startPeriodMs': { kind: 'number' },
  'healthcheck.startIntervalMs': { kind: 'number' },
  'healthcheck.retries': { kind: 'number' },
  'placement.maxPerNode': { kind: 'number', empty: 0 },
  'restart.delayMs': { kind: 'number' },
  'restart.maxAttempts': { kind: 'number' },
  'restart.windowMs': { kind: 'number' },
  'resources.limits.memoryBytes': { kind: 'number' },
  'resources.limits.nanoCpus': { kind: 'number' },
  'resources.reservations.memoryBytes': { kind: 'number' },
  'resources.reservations.nanoCpus': { kind: 'number' },
}

const isOf: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  number: (value) => typeof value === 'number',
  flag: (value) => typeof value === 'boolean',
}

const takeOverPlain = (service: Service, field: string, value: unknown): Service | undefined => {
  const rule = plain[field]
  // Times alone are none: what is to be run is the image's, which the App does not know.
  if (field.startsWith('healthcheck.') && service.healthcheck === undefined) return undefined
  if (rule === undefined || (value !== undefined && !isOf[rule.kind](value))) return undefined
  return write(service, field.split('.'), value ?? rule.empty)
}

/** A copy with the value at the path; nothing there when it is undefined. Only for paths of the table above. */
const write = <T extends object>(target: T, [key = '', ...rest]: readonly string[], value: unknown): T => {
  const { [key]: present, ...others } = target as Readonly<Record<string, unknown>>
  const next = rest.length === 0 ? value : write(present ?? {}, rest, value)
  return (next === undefined ? others : { ...others, [key]: next }) as T
}
