/** So many at the same time, half of them of one; others wait, so many as well. */
export interface Places {
  /** Waits for a place, in the order of those who came; undefined when too many wait, or the signal comes. To be left once. */
  readonly enter: (one: string, signal: AbortSignal) => Promise<Disposable | undefined>
}

export interface PlacesOptions {
  readonly most: number
  readonly mostWaiting: number
}

/** What has one name. */
interface Group {
  taken: number
  readonly waiting: Waiting[]
}

interface Waiting {
  readonly begin: (place: Disposable | undefined) => void
}

export const openPlaces = ({ most, mostWaiting }: PlacesOptions): Places => {
  const half = (number: number): number => Math.ceil(number / 2)
  // In the order in which they had their last turn.
  const groups = new Map<string, Group>()
  let [taken, waiting] = [0, 0]
  const groupOf = (one: string): Group => groups.get(one) ?? { taken: 0, waiting: [] }
  const isFree = (group: Group): boolean => taken < most && group.taken < half(most)
  const take = (one: string, group: Group): Disposable => {
    taken += 1
    group.taken += 1
    groups.delete(one)
    groups.set(one, group)
    return { [Symbol.dispose]: () => leave(one, group) }
  }
  const leave = (one: string, group: Group): void => {
    taken -= 1
    group.taken -= 1
    for (const [name, other] of groups) {
      const next = isFree(other) ? other.waiting.shift() : undefined
      if (next === undefined) continue
      waiting -= 1
      next.begin(take(name, other))
      break
    }
    if (group.taken === 0 && group.waiting.length === 0) groups.delete(one)
  }
  return {
    enter: async (one, signal) => {
      const group = groupOf(one)
      if (isFree(group)) return take(one, group)
      if (signal.aborted || waiting >= mostWaiting || group.waiting.length >= half(mostWaiting)) return undefined
      const { promise, resolve } = Promise.withResolvers<Disposable | undefined>()
      const own: Waiting = { begin: resolve }
      const give = (): void => {
        const at = group.waiting.indexOf(own)
        if (at < 0) return
        group.waiting.splice(at, 1)
        waiting -= 1
        if (group.taken === 0 && group.waiting.length === 0) groups.delete(one)
        resolve(undefined)
      }
      groups.set(one, group)
      group.waiting.push(own)
      waiting += 1
      signal.addEventListener('abort', give, { once: true })
      return promise.finally(() => signal.removeEventListener('abort', give))
    },
  }
}
