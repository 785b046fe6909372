import type { Release } from '@atoll/deploy'
import { plan } from '@atoll/plan'
import type { World } from './control.ts'
import { drainNodes } from './controllers/drain-nodes.ts'
import { healLeader } from './controllers/heal-leader.ts'
import { keepManagers } from './controllers/keep-managers.ts'
import { repairDrift } from './controllers/repair-drift.ts'
import { resumeAbandoned } from './controllers/resume-abandoned.ts'
import { settleAllOperations } from './controllers/settle-operations.ts'
import { spreadTasks } from './controllers/spread-tasks.ts'
import { watchNodes } from './controllers/watch-nodes.ts'
import type { Crowd } from './crowd.ts'
import { keepWarm } from './view/keep-warm.ts'

/** One thing that happens again and again. */
export interface Round {
  readonly name: string
  /** Median of the rounds that were looked at, without the first. */
  readonly ms: number
  /** The pause between two. */
  readonly everyMs: number
}

type Loop = (world: World, signal: AbortSignal) => Promise<void>

const loops: Readonly<Record<string, Loop>> = {
  resumeAbandoned,
  settleAllOperations,
  healLeader,
  watchNodes,
  repairDrift,
  drainNodes,
  keepManagers,
  spreadTasks,
}

const roundsEach = 8

/** How long each round of what a control does by itself takes in that cluster; `now` is a clock in milliseconds with fractions. */
export const measureRounds = async (crowd: Crowd, now: () => number): Promise<readonly Round[]> => {
  const rounds: Round[] = []
  for (const [name, loop] of Object.entries(loops)) {
    rounds.push(await measureLoop(crowd, { name, run: (world, signal) => loop(world, signal) }, now))
  }
  const { sources } = crowd.control.control.view
  const warm: Loop = ({ clock }, signal) => keepWarm({ ...sources, clock }, signal)
  rounds.push(await measureLoop(crowd, { name: 'keepWarm', run: warm, rounds: 10 * roundsEach }, now))
  return rounds
}

interface Measured {
  readonly name: string
  readonly run: Loop
  readonly rounds?: number
}

/** Its clock says when a round ends, and begins the next at once. */
const measureLoop = async (
  { control }: Crowd,
  { name, run, rounds = roundsEach }: Measured,
  now: () => number,
): Promise<Round> => {
  const stop = new AbortController()
  const times: number[] = []
  const pauses: number[] = []
  let [passedMs, beganMs] = [0, now()]
  const clock: World['clock'] = {
    now: () => control.control.clock.now() + passedMs,
    wait: async (ms, signal) => {
      // A limit of one question, not the pause between two rounds.
      if (signal !== stop.signal) return new Promise(() => {})
      times.push(now() - beganMs)
      pauses.push(ms)
      if (times.length >= rounds) stop.abort(new Error('enough was seen'))
      await new Promise((resolve) => setImmediate(resolve))
      passedMs += ms
      beganMs = now()
    },
  }
  await run({ ...control.control, clock }, stop.signal)
  return { name, ms: medianOf(times.slice(1)), everyMs: medianOf(pauses) }
}

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** Observing and planning every environment once, one after the other. Gives the milliseconds, and how many actions were planned. */
export const planAll = async (
  { stage, refs }: Crowd,
  now: () => number,
): Promise<{ readonly ms: number; readonly actions: number }> => {
  const { signal } = new AbortController()
  const beganMs = now()
  let actions = 0
  for (const { app, environment } of refs) {
    const release = await stage.documents.find<Release>('release', `${app}.${environment}.1`, signal)
    if (release === undefined) throw new Error(`${app} has no release`)
    const observed = await stage.engine.observe({ app, environment }, signal)
    actions += plan({ app: release.value.app, release: 1, keep: [] }, observed, stage.clock.now()).length
  }
  return { ms: now() - beganMs, actions }
}
