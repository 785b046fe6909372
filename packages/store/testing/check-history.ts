/** One read of a document's revisions: only the newest (find), or all that are kept (history). Empty: it was not there. */
export interface ReadOperation {
  readonly kind: 'find' | 'history'
  readonly document: string
  readonly client: string
  readonly invokedAt: number
  readonly endedAt: number
  /** Newest first. */
  readonly revisions: readonly { readonly revision: number; readonly mark: string }[]
}

/** One attempt to write. */
export interface PutOperation {
  readonly kind: 'put'
  readonly document: string
  readonly client: string
  readonly invokedAt: number
  readonly endedAt: number
  readonly expected: number
  /** What was written; another one with each attempt. */
  readonly mark: string
  /** `unknown`: the answer was lost, the write may have taken place. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
}

/** Moments are numbers of one counter, which rises with each call and each answer. No document is ever removed. */
export type Operation = PutOperation | ReadOperation

/** What a store must never do, in words, with the operation that shows it. */
export interface Violation {
  readonly kind: 'two-winners' | 'lost-write' | 'stale-read' | 'went-back' | 'gap' | 'invented' | 'changed'
  readonly message: string
  readonly operation: Operation
}

/**
 * What a log of operations of several clients proves against a store: nothing when it kept its promises. `kept`: how many
 * revisions of each document a history shows at least.
 */
export const checkHistory = (operations: readonly Operation[], kept: number): readonly Violation[] => {
  const byDocument = Map.groupBy(operations, ({ document }) => document)
  return [...byDocument.values()].flatMap((own) => {
    const puts = own.filter((operation) => operation.kind === 'put')
    const reads = own.filter((operation) => operation.kind !== 'put')
    return [
      ...findTwoWinners(puts),
      ...reads.flatMap((read) => findWrongRead(read, puts, kept)),
      ...reads.flatMap((read) => findGoneBack(read, reads)),
    ]
  })
}

const findTwoWinners = (puts: readonly PutOperation[]): readonly Violation[] => {
  const winners = Map.groupBy(puts.filter(isAcknowledged), ({ expected }) => expected)
  return [...winners.values()].flatMap(([first, ...others]) =>
    others.map((operation) => {
      const who = `${first?.client} and ${operation.client}`
      return violate('two-winners', operation, `revision ${operation.expected + 1} was promised to ${who}`)
    }),
  )
}

/** What one read shows by itself: it may not miss what was promised before it began, nor show what nobody wrote. */
const findWrongRead = (read: ReadOperation, puts: readonly PutOperation[], kept: number): readonly Violation[] => {
  const newest = read.revisions[0]?.revision ?? 0
  const promised = puts.filter((put) => isAcknowledged(put) && put.endedAt < read.invokedAt)
  const shown = new Map(read.revisions.map(({ revision, mark }) => [revision, mark]))
  const mustShow = (revision: number): boolean =>
    read.kind === 'history' ? revision > newest - kept : revision === newest
  const newestPromised = Math.max(0, ...promised.map(({ expected }) => expected + 1))
  const isStale = newest < newestPromised
  return [
    ...(isStale
      ? [violate('stale-read', read, `it shows revision ${newest}; ${newestPromised} was promised before`)]
      : []),
    ...promised
      .filter(({ expected, mark }) => expected < newest && mustShow(expected + 1) && shown.get(expected + 1) !== mark)
      .map(({ expected, mark }) =>
        violate('lost-write', read, `${mark}, promised as revision ${expected + 1}, is gone`),
      ),
    ...findInvented(read, puts),
    ...findGaps(read, kept),
  ]
}

const findInvented = (read: ReadOperation, puts: readonly PutOperation[]): readonly Violation[] =>
  read.revisions
    .filter(({ revision, mark }) => {
      const put = puts.find((put) => put.mark === mark && put.expected + 1 === revision)
      return (
        put === undefined || put.invokedAt > read.endedAt || (put.outcome === 'refused' && put.endedAt < read.invokedAt)
      )
    })
    .map(({ revision, mark }) => violate('invented', read, `revision ${revision} is ${mark}, which nobody wrote there`))

const findGaps = (read: ReadOperation, kept: number): readonly Violation[] => {
  const newest = read.revisions[0]?.revision ?? 0
  const length = read.kind === 'history' ? Math.min(newest, kept) : Math.min(newest, 1)
  const wanted = Array.from({ length }, (_, index) => newest - index).join(', ')
  const shown = read.revisions.slice(0, length).map(({ revision }) => revision)
  return shown.join(', ') === wanted
    ? []
    : [violate('gap', read, `it shows revisions ${shown.join(', ')}, not ${wanted}`)]
}

/** Against reads that ended before this one began: revisions only grow, and each stays what it was. */
const findGoneBack = (read: ReadOperation, reads: readonly ReadOperation[]): readonly Violation[] => {
  const before = reads.filter(({ endedAt }) => endedAt < read.invokedAt)
  const newest = read.revisions[0]
  const seen = Math.max(0, ...before.map(({ revisions }) => revisions[0]?.revision ?? 0))
  const other = before
    .flatMap(({ revisions }) => revisions[0] ?? [])
    .find(({ revision, mark }) => {
      const now = read.revisions.find((shown) => shown.revision === revision)
      return now !== undefined && now.mark !== mark
    })
  return [
    ...((newest?.revision ?? 0) < seen ? [violate('went-back', read, `revision ${seen} was seen before`)] : []),
    ...(other === undefined ? [] : [violate('changed', read, `revision ${other.revision} was ${other.mark} before`)]),
  ]
}

const isAcknowledged = ({ outcome }: PutOperation): boolean => outcome === 'acknowledged'

const violate = (kind: Violation['kind'], operation: Operation, what: string): Violation => ({
  kind,
  operation,
  message: `${operation.kind} of ${operation.document} by ${operation.client} at ${operation.invokedAt}: ${what}`,
})
