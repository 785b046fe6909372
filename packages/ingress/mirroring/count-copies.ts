import type { MirrorOrder } from './order.ts'
import type { Fate } from './send-copies.ts'

/** `cut`: HAProxy had not all of the request, so it was not copied. */
export type Counted = Fate | 'cut'

/** Of one mirror, since the one before. */
export interface CopyCounts extends Readonly<Record<Counted, number>>, Omit<MirrorOrder, 'to'> {}

export interface CopyCounter extends Disposable {
  readonly note: (order: MirrorOrder, what: Counted, count?: number) => void
}

interface Options {
  readonly everyMs: number
  readonly tell: (counts: CopyCounts) => void
}

/** Tells of each mirror some of whose copies came to nothing, once in `everyMs` at most. What was counted and is no trouble is forgotten. */
export const createCopyCounter = ({ everyMs, tell }: Options): CopyCounter => {
  let counts = new Map<string, { readonly order: MirrorOrder; readonly counts: Record<Counted, number> }>()
  let timer: NodeJS.Timeout | undefined
  const tellAll = (): void => {
    const untold = counts
    counts = new Map()
    timer = undefined
    for (const { order, counts: own } of untold.values()) if (isTrouble(own)) tell({ ...nameOf(order), ...own })
  }
  return {
    note: (order, what, count = 1) => {
      const own = counts.get(order.to) ?? { order, counts: { sent: 0, dropped: 0, failed: 0, cut: 0 } }
      counts.set(order.to, own)
      own.counts[what] += count
      timer ??= setTimeout(tellAll, everyMs)
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      tellAll()
    },
  }
}

const isTrouble = ({ dropped, failed, cut }: Readonly<Record<Counted, number>>): boolean => dropped + failed + cut > 0

const nameOf = ({ app, service, route }: MirrorOrder): Omit<MirrorOrder, 'to'> => ({ app, service, route })
