import type { Probing } from '@atoll/engine'
import { Agent } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { probeBackend } from '../render/probe.ts'
import type { Backend } from '../table.ts'
import { sendProbe } from './send-probe.ts'
import type { ProbeResult, ProbeTarget } from './send-probe.ts'

/** How one went, with the name of the route's backend. */
export interface Probed {
  readonly backend: string
  readonly isAnswered: boolean
  readonly ms: number
  /** How long the route has answered no probe; 0: it has answered this one and the one before. */
  readonly gapMs: number
}

export interface ProberParts {
  /** Port of TLS on the loopback. */
  readonly port: number
  readonly token: string
}

interface Place {
  readonly app: string
  readonly environment: string
}

/** Asks routes by itself, as long as somebody wants it. */
export interface Prober {
  /** Whose routes there are from now on. */
  readonly know: (backends: readonly Backend[]) => void
  /** The routes of an environment are asked for so long from now on; 0: no more. */
  readonly lease: (place: Place, forMs: number) => void
  /** Undefined: nobody wants it. */
  readonly describe: (place: Place) => Probing | undefined
  /** Nothing is asked once the signal comes. */
  readonly run: (onProbe: (probed: Probed) => void, signal: AbortSignal) => Promise<void>
}

/** So many routes are asked in a second, of all environments; with more of them each is asked less often. */
const mostASecond = 50
const turnMs = 1_000
const idleMs = 100

/** A route that is asked, over connections that are kept and new ones in turn. */
interface Line {
  readonly agent: Agent
  sent: number
  isUnderWay: boolean
  failingSinceMs: number | undefined
  isElsewhere: boolean
}

export const createProber = ({ port, token }: ProberParts): Prober => {
  const leases = new Map<string, number>()
  const lines = new Map<string, Line>()
  let known: readonly Backend[] = []
  let next = 0
  const wantedOf = (): readonly Backend[] => {
    if (leases.size === 0) return []
    const now = performance.now()
    return known.filter(({ app, environment }) => (leases.get(nameOf({ app, environment })) ?? 0) > now)
  }
  const askedOf = (backends: readonly Backend[]) => backends.filter(({ probe }) => probe?.kind === 'request')
  const lineOf = (name: string): Line => {
    const line = lines.get(name) ?? createLine()
    lines.set(name, line)
    return line
  }
  const tidy = (wanted: readonly Backend[]): void => {
    closeOthers(lines, wanted)
    for (const [name, untilMs] of leases) if (untilMs <= performance.now()) leases.delete(name)
  }
  const send = async ({ name, probe }: Backend, onProbe: (probed: Probed) => void): Promise<void> => {
    if (probe?.kind !== 'request') return
    const line = lineOf(name)
    if (line.isUnderWay) return
    line.isUnderWay = true
    line.sent += 1
    const target: ProbeTarget = { backend: probeBackend(name), request: probe.request, port, token }
    const sentMs = performance.now()
    const { result, ms } = await sendProbe(target, line.sent % 2 === 0 ? line.agent : false)
    line.isUnderWay = false
    line.isElsewhere = result === 'elsewhere'
    // One that nobody waits for any more says nothing.
    if (!line.isElsewhere && lines.get(name) === line) onProbe({ backend: name, ms, ...noteGap(line, sentMs, result) })
  }
  return {
    know: (backends) => void (known = backends),
    lease: (place, forMs) => void leases.set(nameOf(place), performance.now() + forMs),
    describe: (place) => {
      const wanted = wantedOf()
      const own = wanted.filter(({ app, environment }) => nameOf({ app, environment }) === nameOf(place))
      if (own.length === 0) return undefined
      const turns = Math.max(1, Math.ceil(askedOf(wanted).length / mostASecond))
      return {
        everyMs: turns * turnMs,
        unprobed: own.flatMap(({ name, route, probe }) => {
          if (probe?.kind === 'none') return [{ route, why: probe.why }]
          return lines.get(name)?.isElsewhere === true ? [{ route, why: 'has a probe that another route answers' }] : []
        }),
      }
    },
    run: async (onProbe, signal) => {
      while (!signal.aborted) {
        const wanted = askedOf(wantedOf())
        tidy(wanted)
        const turn = wanted.length <= mostASecond ? wanted : takeTurn(wanted, next)
        next = (next + turn.length) % Math.max(1, wanted.length)
        for (const backend of turn) {
          if (signal.aborted) break
          void send(backend, onProbe)
          await wait(turnMs / turn.length, undefined, { signal }).catch(() => undefined)
        }
        if (turn.length === 0) await wait(idleMs, undefined, { signal }).catch(() => undefined)
      }
      leases.clear()
      tidy([])
    },
  }
}

const nameOf = ({ app, environment }: Place): string => `${app}/${environment}`

const createLine = (): Line => ({
  agent: new Agent({ keepAlive: true, maxSockets: 1 }),
  sent: 0,
  isUnderWay: false,
  failingSinceMs: undefined,
  isElsewhere: false,
})

/** Lines of routes that nobody wants any more. */
const closeOthers = (lines: Map<string, Line>, wanted: readonly Backend[]): void => {
  const names = new Set(wanted.map(({ name }) => name))
  for (const [name, line] of lines) {
    if (names.has(name)) continue
    line.agent.destroy()
    lines.delete(name)
  }
}

const takeTurn = (wanted: readonly Backend[], from: number): readonly Backend[] =>
  [...wanted.slice(from), ...wanted.slice(0, from)].slice(0, mostASecond)

const noteGap = (line: Line, sentMs: number, result: ProbeResult): Pick<Probed, 'isAnswered' | 'gapMs'> => {
  const isAnswered = result === 'answered'
  if (!isAnswered) line.failingSinceMs ??= sentMs
  const gapMs = line.failingSinceMs === undefined ? 0 : Math.round(performance.now() - line.failingSinceMs)
  if (isAnswered) line.failingSinceMs = undefined
  return { isAnswered, gapMs }
}
