import type { Traffic } from '@atoll/deploy'
import type { Ask, Target } from './probe-ports.ts'

export interface TrafficWatch {
  /** Services that nobody here reached before anything was done. */
  readonly unseen: readonly string[]
  /** Asks each once; the node that is drilled is not asked. */
  readonly ask: () => Promise<void>
  readonly count: () => readonly Traffic[]
}

interface Counted {
  readonly target: Target
  sent: number
  failed: number
  longestMs: number
  answeredMs: number
}

/** Requests as those behind a balancer over the other nodes would make them: one is answered if any of these nodes answers it. */
export const openTrafficWatch = async (
  targets: readonly Target[],
  { ask, now }: { readonly ask: Ask; readonly now: () => number },
): Promise<TrafficWatch> => {
  const answers = (addresses: readonly string[], port: number): Promise<boolean> =>
    Promise.all(addresses.map((address) => ask(address, port))).then((all) => all.some(Boolean))
  const seen = await Promise.all(targets.map(({ before, port }) => answers(before, port)))
  const counts = targets
    .filter((_target, at) => seen[at] === true)
    .map((target): Counted => ({ target, sent: 0, failed: 0, longestMs: 0, answeredMs: now() }))
  const askOne = async (count: Counted): Promise<void> => {
    const isAnswered = await answers(count.target.addresses, count.target.port)
    const nowMs = now()
    count.sent += 1
    if (isAnswered) {
      count.answeredMs = nowMs
      return
    }
    count.failed += 1
    count.longestMs = Math.max(count.longestMs, nowMs - count.answeredMs)
  }
  return {
    unseen: targets.filter((_target, at) => seen[at] !== true).map(({ service, port }) => `${service} at ${port}`),
    ask: async () => void (await Promise.all(counts.map(askOne))),
    count: () =>
      counts.map(({ target: { service, port }, sent, failed, longestMs }) => ({
        service,
        port,
        sent,
        failed,
        longestMs,
      })),
  }
}
