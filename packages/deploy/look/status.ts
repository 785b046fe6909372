import type { EnvironmentRef } from '@atoll/engine'
import { describeDisk, describeManagers, findSurvival, findUneven, isWitness } from '@atoll/plan'
import type { ObservedNode, ObservedVolume, Survival } from '@atoll/plan'
import { findCanaryStatus } from '../canary/canary-watch.ts'
import type { CanaryStatus } from '../canary/records.ts'
import type { Context } from '../context.ts'
import { findDeployment, findRelease, getEnvironment } from '../ledger/ledger.ts'
import type { DeploymentState, EnvironmentRecord, Release } from '../records.ts'
import { findBackupState } from './backup-state.ts'
import type { BackupState } from './backup-state.ts'
import { toReader } from './reader.ts'
import { summarize } from './service-status.ts'
import type { ServiceStatus } from './service-status.ts'
import { findNames } from './watch-records.ts'
import type { NameTrouble } from './watch-records.ts'

/** What an environment should be and what it is, at one moment. */
export interface EnvironmentStatus {
  readonly ref: EnvironmentRef
  readonly atMs: number
  /** The release that last converged. */
  readonly release?: Omit<Release, 'app' | 'next'>
  /** The release is a canary: how that is going. */
  readonly canary?: CanaryStatus
  /** The deployment under way. */
  readonly running?: NonNullable<EnvironmentRecord['running']>
  readonly lastDeployment?: { readonly number: number; readonly state: DeploymentState; readonly endedAtMs?: number }
  readonly services: readonly ServiceStatus[]
  /** Where the data is; `isReachable` is false when that node is not there. */
  readonly volumes: readonly (ObservedVolume & { readonly isReachable: boolean })[]
  /** Whether it stays whole whichever node goes, other apps left out of account; absent as long as nothing of it runs. */
  readonly survival?: Survival
  /** Nodes that are not ready for tasks, which may be the reason. */
  readonly troubledNodes: readonly Pick<ObservedNode, 'name' | 'state' | 'availability'>[]
  /** What should be known of the disks of nodes before it hurts. */
  readonly disks: readonly string[]
  /** What should be known of the managers before another is lost. */
  readonly managers: readonly string[]
  /** Of the cluster. */
  readonly backup?: BackupState
  /** Hosts of its routes that have none, and why; the platform says it. */
  readonly certificates?: readonly string[]
  /** Services that have more tasks on a node than an even spread would give, and may move without being told. */
  readonly uneven: readonly string[]
  /** Services that are not found by their names on some node. */
  readonly names: readonly NameTrouble[]
  /** Bear names of ours, but belong to somebody else; never touched. */
  readonly strangers: readonly string[]
}

/** Wanted and actual, on which node, since when, and why not. */
export const status = async (
  context: Context,
  ref: EnvironmentRef,
  signal: AbortSignal,
): Promise<EnvironmentStatus> => {
  const reader = toReader(context, ref, signal)
  const [{ value: environment }, observed] = await Promise.all([
    getEnvironment(reader),
    context.engine.observe(ref, signal),
  ])
  const { current, running, lastDeployment } = environment
  const [release, last, names, backup] = await Promise.all([
    current === undefined ? undefined : findRelease(reader, current),
    lastDeployment === 0 ? undefined : findDeployment(reader, lastDeployment),
    findNames(reader),
    findBackupState(context, signal),
  ])
  const canary = release === undefined ? undefined : await findCanaryStatus(reader, release)
  const nowMs = context.clock.now()
  const survival = findSurvival(observed)
  const ready = new Set(observed.nodes.filter(({ state }) => state === 'ready').map(({ id }) => id))
  return {
    ref,
    atMs: nowMs,
    ...(release === undefined ? {} : { release: withoutApp(release) }),
    ...(canary === undefined ? {} : { canary }),
    ...(running === undefined ? {} : { running }),
    ...(last === undefined ? {} : { lastDeployment: describeLast(last.value) }),
    services: summarize(running === undefined ? release?.app : undefined, observed, nowMs),
    volumes: observed.volumes.map((volume) => ({ ...volume, isReachable: ready.has(volume.nodeId) })),
    ...(survival === undefined ? {} : { survival }),
    troubledNodes: observed.nodes
      .filter((node) => node.state !== 'ready' || (node.availability !== 'active' && !isWitness(node)))
      .map(({ name, state, availability }) => ({ name, state, availability })),
    disks: observed.nodes.flatMap(({ name, disk }) => (disk && describeDisk(name, disk, context.clock.now())) ?? []),
    managers: describeManagers(observed.nodes),
    ...(backup === undefined ? {} : { backup }),
    uneven: running === undefined ? findUneven(observed) : [],
    names: names?.troubles ?? [],
    strangers: observed.services.filter(({ isOwned }) => !isOwned).map(({ engineName }) => engineName),
  }
}

const withoutApp = (release: Release): NonNullable<EnvironmentStatus['release']> => {
  const { app: _, next: __, ...rest } = release
  return rest
}

const describeLast = ({
  number,
  state,
  receipt,
}: {
  readonly number: number
  readonly state: DeploymentState
  readonly receipt: { readonly endedAtMs?: number }
}): NonNullable<EnvironmentStatus['lastDeployment']> => ({
  number,
  state,
  ...(receipt.endedAtMs === undefined ? {} : { endedAtMs: receipt.endedAtMs }),
})
