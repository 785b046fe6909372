import { lookup } from 'node:dns/promises'

/** Addresses are the engine's own word: only tasks of that service have them in the platform's network. */
const gateName = 'tasks.gate'
/** Gates are few and rarely new; who has just come is looked for at once. */
const freshMs = 10_000

/** Tells whether a gate is at an address. One that is not known yet is looked for, though not for each stranger. */
export const createFindGate = (
  now: () => number,
  resolve: () => Promise<readonly string[]> = resolveGates,
): ((address: string) => Promise<boolean>) => {
  let known: ReadonlySet<string> = new Set()
  let atMs = Number.NEGATIVE_INFINITY
  return async (given) => {
    const address = given.replace(/^::ffff:/i, '')
    const isStale = now() - atMs >= freshMs
    const isSoonEnough = now() - atMs >= strangerMs
    if (isStale || (!known.has(address) && isSoonEnough)) {
      atMs = now()
      known = new Set(await resolve())
    }
    return known.has(address)
  }
}

const strangerMs = 500

const resolveGates = async (): Promise<readonly string[]> =>
  (await lookup(gateName, { all: true }).catch(() => [])).map(({ address }) => address)
