import type { Documents } from '@atoll/store'
import { ConflictError } from '@atoll/store'
import { NotFoundError, RefusedError } from '../errors.ts'
import type { Measured } from './measure-loss.ts'

export type DrillKind = 'engine' | 'network' | 'power'

/** One drill, as it is kept. Times are milliseconds. Collection `drills`, id the number with zeros before it. */
export interface DrillRecord extends Partial<Measured> {
  readonly number: number
  readonly node: string
  readonly kind: DrillKind
  readonly by: string
  readonly beganAtMs: number
  /** The server puts it back after so long. */
  readonly lastsMs: number
  /** What was foreseen to be missed, a line each; empty: nothing. */
  readonly foreseen: readonly string[]
  readonly traffic: readonly Traffic[]
  /** Services whose ports answered nobody here before. */
  readonly unseen: readonly string[]
  /** Absent: it goes on, or whoever made it was interrupted. */
  readonly endedAtMs?: number
}

/** Requests to a published port of a service, at the nodes that were not drilled. */
export interface Traffic {
  readonly service: string
  readonly port: number
  readonly sent: number
  readonly failed: number
  /** The longest in which no request was answered. */
  readonly longestMs: number
}

const collection = 'drills'
/** More than that tells nobody anything; the oldest go. */
const mostKept = 100
/** On top of what it lasts: then whoever began it is taken for gone. */
const graceMs = 600_000

const idOf = (number: number): string => String(number).padStart(6, '0')

/** Newest first. */
export const listDrills = async (documents: Documents, signal: AbortSignal): Promise<readonly DrillRecord[]> =>
  (await documents.list<DrillRecord>(collection, {}, signal))
    .map(({ value }) => value)
    .toSorted((a, b) => b.number - a.number)

/** NotFoundError when there is none of that number. */
export const getDrill = (drills: readonly DrillRecord[], number: number): DrillRecord => {
  const found = drills.find((drill) => drill.number === number)
  if (found !== undefined) return found
  throw new NotFoundError(`show drill ${number}: there is none`, '"atoll drill ls" lists those that are kept')
}

/** The one before it of the same node and kind that came to its end. */
export const findLastDrill = (
  drills: readonly DrillRecord[],
  { node, kind, number }: Pick<DrillRecord, 'node' | 'kind' | 'number'>,
): DrillRecord | undefined =>
  drills.find(
    (drill) => drill.node === node && drill.kind === kind && drill.number < number && drill.endedAtMs !== undefined,
  )

/** Writes down that one begins, under the next number. RefusedError while another goes on: two at once are no drill. */
export const openDrillRecord = async (
  documents: Documents,
  begun: Omit<DrillRecord, 'number'>,
  signal: AbortSignal,
): Promise<DrillRecord> => {
  const drills = await listDrills(documents, signal)
  const doing = `drill ${begun.node}`
  const other = drills.find(
    ({ endedAtMs, beganAtMs, lastsMs }) => endedAtMs === undefined && begun.beganAtMs < beganAtMs + lastsMs + graceMs,
  )
  if (other !== undefined) throw goesOn(doing, other)
  const drill = { ...begun, number: (drills[0]?.number ?? 0) + 1 }
  try {
    await documents.put(collection, idOf(drill.number), { expected: 0, value: drill }, signal)
  } catch (error) {
    if (error instanceof ConflictError) throw goesOn(doing)
    throw error
  }
  for (const { number } of drills.slice(mostKept - 1)) await documents.remove(collection, idOf(number), signal)
  return drill
}

/** Of one that could not begin nothing is kept. */
export const dropDrillRecord = (documents: Documents, { number }: DrillRecord, signal: AbortSignal): Promise<void> =>
  documents.remove(collection, idOf(number), signal)

/** Writes down what came of it. Nobody else writes it. */
export const closeDrillRecord = async (
  documents: Documents,
  drill: DrillRecord,
  signal: AbortSignal,
): Promise<DrillRecord> => {
  await documents.put(collection, idOf(drill.number), { expected: 1, value: drill }, signal)
  return drill
}

const goesOn = (doing: string, other?: DrillRecord): RefusedError =>
  new RefusedError(
    `${doing}: another drill goes on${other === undefined ? '' : `, of ${other.node}, by ${other.by}`}`,
    {
      hint: 'wait for its end: "atoll drill ls"; one that was left counts for ten minutes more',
    },
  )
