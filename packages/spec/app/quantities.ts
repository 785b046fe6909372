import { parseByteSize, parseDurationMs } from '../compose/units.ts'
import { numberOf, refuse, textOf, type Source } from './source.ts'

/** Milliseconds of a Go duration (`1m30s`); undefined when absent or wrong, and wrong is reported. */
export const durationMsOf = (source: Source): number | undefined => {
  const text = textOf(source)
  if (text === undefined || text === '') return undefined
  const parsed = parseDurationMs(text)
  if (parsed.kind === 'ok') return parsed.value
  return refuse(source, parsed.message, 'write a duration such as 1m30s')
}

/** Bytes of a size (`64m`, `67108864`). */
export const bytesOf = (source: Source): number | undefined => {
  const text = textOf(source)
  if (text === undefined || text === '') return undefined
  const parsed = parseByteSize(text)
  if (parsed.kind === 'ok') return parsed.value
  return refuse(source, parsed.message, 'write a size such as 64m')
}

/** Swarm refuses less: a thousandth of a processor. */
const SMALLEST_NANO_CPUS = 1_000_000

/** Billionths of a processor of `0.5`. */
export const nanoCpusOf = (source: Source): number | undefined => {
  const cpus = numberOf(source)
  if (cpus === undefined || cpus === 0) return undefined
  const nanoCpus = Math.round(cpus * 1e9)
  if (!Number.isSafeInteger(nanoCpus)) return refuse(source, 'no node has so many processors', 'write fewer')
  if (nanoCpus < SMALLEST_NANO_CPUS) return refuse(source, 'less than 0.001 processors', 'write 0.001 or more')
  return nanoCpus
}

/** Swarm refuses less: 4 MiB. */
const SMALLEST_MEMORY_BYTES = 4 * 1024 * 1024

export const memoryBytesOf = (source: Source): number | undefined => {
  const bytes = bytesOf(source)
  if (bytes === undefined || bytes === 0) return undefined
  if (bytes < SMALLEST_MEMORY_BYTES) return refuse(source, 'less than 4 MiB of memory', 'write 4m or more')
  return bytes
}

/** A whole number, 0 or more. */
export const countOf = (source: Source): number | undefined => {
  const count = numberOf(source)
  if (count === undefined || (Number.isSafeInteger(count) && count >= 0)) return count
  return refuse(source, `${count} is no count`, 'write a whole number, 0 or more')
}
