interface Timed {
  readonly atMs: number
}

/** Lines of a service reach us node by node, so they are held back and given in order of time. */
const liveHoldMs = 250
/** Without following, this many are held: more disorder than that is given as it comes. */
const maxHeld = 20_000

/**
 * Merges streams that are nearly in order. Live: a line waits a quarter of a second for older ones. Otherwise the oldest of
 * `maxHeld` lines goes first. Ends when all streams have; fails with the first that fails.
 */
export async function* mergeLines<T extends Timed>(
  streams: readonly AsyncIterable<T>[],
  { isLive }: { readonly isLive: boolean },
): AsyncIterable<T> {
  const heap = openHeap<T>()
  const state = {
    open: streams.length,
    failure: undefined as unknown,
    wake: (): void => undefined,
    room: (): void => undefined,
  }
  const pumps = streams.map((stream) => pump(stream, heap, state))
  for (;;) {
    if (state.failure !== undefined) throw state.failure
    if (state.open === 0 && heap.size() === 0) break
    if (state.open > 0 && (heap.size() === 0 || (!isLive && heap.size() < maxHeld)))
      await new Promise<void>((resolve) => (state.wake = resolve))
    else if (isLive && state.open > 0 && heap.size() < maxHeld) await hold(heap)
    while (heap.size() > 0 && isRipe(heap, isLive, state.open)) yield heap.pop()
    state.room()
  }
  await Promise.all(pumps)
}

interface Held<T> {
  readonly line: T
  readonly arrivedMs: number
  readonly order: number
}

interface State {
  open: number
  failure: unknown
  wake: () => void
  room: () => void
}

const pump = async <T extends Timed>(stream: AsyncIterable<T>, heap: Heap<T>, state: State): Promise<void> => {
  try {
    for await (const line of stream) {
      heap.push(line)
      state.wake()
      // A reader slower than the engine must not fill our memory.
      if (heap.size() >= maxHeld) await new Promise<void>((resolve) => onRoom(state, resolve))
    }
  } catch (error) {
    state.failure ??= error
  } finally {
    state.open -= 1
    state.wake()
  }
}

const onRoom = (state: State, resolve: () => void): void => {
  const earlier = state.room
  state.room = () => {
    state.room = () => undefined
    earlier()
    resolve()
  }
}

const isRipe = <T extends Timed>(heap: Heap<T>, isLive: boolean, open: number): boolean => {
  if (open === 0 || heap.size() >= maxHeld) return true
  return isLive && performance.now() - heap.first().arrivedMs >= liveHoldMs
}

const hold = <T extends Timed>(heap: Heap<T>): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(1, liveHoldMs - (performance.now() - heap.first().arrivedMs))))

interface Heap<T> {
  size(): number
  push(line: T): void
  first(): Held<T>
  pop(): T
}

/** A binary heap, oldest line first; of one millisecond in order of arrival. */
const openHeap = <T extends Timed>(): Heap<T> => {
  const items: Held<T>[] = []
  let arrived = 0
  const at = (index: number): Held<T> => {
    const item = items[index]
    if (item === undefined) throw new RangeError('the heap is empty')
    return item
  }
  const isBefore = (a: number, b: number): boolean =>
    at(a).line.atMs - at(b).line.atMs < 0 || (at(a).line.atMs === at(b).line.atMs && at(a).order < at(b).order)
  const swap = (a: number, b: number): void => {
    ;[items[a], items[b]] = [at(b), at(a)]
  }
  const rise = (index: number): void => {
    const parent = (index - 1) >> 1
    if (index === 0 || isBefore(parent, index)) return
    swap(parent, index)
    rise(parent)
  }
  const sink = (index: number): void => {
    const children = [2 * index + 1, 2 * index + 2].filter((child) => child < items.length)
    const least = children.reduce((best, child) => (isBefore(child, best) ? child : best), index)
    if (least === index) return
    swap(index, least)
    sink(least)
  }
  return {
    size: () => items.length,
    first: () => at(0),
    push: (line) => {
      items.push({ line, arrivedMs: performance.now(), order: arrived++ })
      rise(items.length - 1)
    },
    pop: () => {
      const { line } = at(0)
      const last = items.pop()
      if (last !== undefined && items.length > 0) {
        items[0] = last
        sink(0)
      }
      return line
    },
  }
}
