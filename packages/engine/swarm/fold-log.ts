import { z } from 'zod'
import type { Api } from './client.ts'

/** The engine leaves out a zero. */
const count = z.number().default(0)
const swarmReply = z.object({
  Version: z.object({ Index: z.number() }),
  Spec: z.looseObject({
    Raft: z.looseObject({ SnapshotInterval: count, LogEntriesForSlowFollowers: count }),
  }),
})

type Raft = z.infer<typeof swarmReply>['Spec']['Raft']
type Pace = Pick<Raft, 'SnapshotInterval' | 'LogEntriesForSlowFollowers'>

/** Fewer entries are no burden; and whoever dies before the pace of before is back leaves one that does no harm. */
const often: Pace = { SnapshotInterval: 50, LogEntriesForSlowFollowers: 10 }
/** Of the engine. */
const seldom: Pace = { SnapshotInterval: 10_000, LogEntriesForSlowFollowers: 500 }

/** The pace of before is put back also when nobody waits any more. */
const backMs = 20_000

/**
 * Has the leader fold the log of the Raft into a snapshot, which it does when the settings say that it is time. A manager that
 * joins is sent a snapshot as fast as it goes, but a log by 64 KiB with each write and each second; until it has it, it counts
 * for the majority and confirms nothing (docs/design/015). Throws EngineError.
 */
export const foldLog = async (api: Api, signal: AbortSignal): Promise<void> => {
  const { SnapshotInterval, LogEntriesForSlowFollowers } = await setPace(api, often, signal)
  const isLeftBehind = SnapshotInterval === often.SnapshotInterval
  const before = isLeftBehind ? seldom : { SnapshotInterval, LogEntriesForSlowFollowers }
  // This change is the entry after which the leader looks whether it is time.
  await setPace(api, before, AbortSignal.timeout(backMs))
}

/** Gives the pace of before. */
const setPace = async (api: Api, pace: Pace, signal: AbortSignal): Promise<Pace> => {
  const doing = 'fold the log of the managers into a snapshot'
  const { Version, Spec } = await api.json({ method: 'GET', path: '/swarm', doing }, swarmReply, signal)
  const body = { ...Spec, Raft: { ...Spec.Raft, ...pace } }
  await api.send({ method: 'POST', path: '/swarm/update', query: { version: Version.Index }, body, doing }, signal)
  return Spec.Raft
}
