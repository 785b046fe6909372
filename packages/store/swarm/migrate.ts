import { StoreError } from '../errors.ts'

type Stored = Readonly<Record<string, unknown>>

/** By the format a step starts from: what makes of it the next one. None yet. */
const STEPS: Readonly<Record<number, (stored: Stored) => Stored>> = {}

/**
 * Brings what was stored by an older Atoll to the format `to`, step by step. What a newer one stored is StoreError
 * `newer-format`; what has no format is left to the reader to refuse.
 */
export const migrateDocument = (
  stored: unknown,
  { name, to, steps = STEPS }: { readonly name: string; readonly to: number; readonly steps?: typeof STEPS },
): unknown => {
  if (!isStored(stored) || typeof stored['format'] !== 'number') return undefined
  let { format, ...rest } = stored as Stored & { format: number }
  if (format > to) {
    const message = `read config ${name}: a newer Atoll wrote it (format ${format}, this one knows ${to}); update Atoll`
    throw new StoreError('newer-format', message)
  }
  for (; format < to; format++) {
    const step = steps[format]
    if (step === undefined) return undefined
    rest = step(rest)
  }
  return rest
}

const isStored = (value: unknown): value is Stored => typeof value === 'object' && value !== null
