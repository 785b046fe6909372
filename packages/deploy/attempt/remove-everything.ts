import type { App } from '@atoll/spec'
import type { Observed } from '@atoll/plan'
import { endPhases } from '../ledger/journal.ts'
import { listDeployments, listReleases, removeEnvironment, removeRecords } from '../ledger/ledger.ts'
import { persist } from '../ledger/persist.ts'
import { limits } from '../limits.ts'
import type { DeploymentTask, Outcome, Receipt } from '../records.ts'
import type { Attempt } from './attempt.ts'
import { converge } from './converge.ts'

/**
 * Takes everything of the environment away: services, networks, configs, secrets, volumes when told, then the documents.
 * This deployment's own record and the environment go last, so that a crash before is found and finished.
 */
export const removeEverything = async (
  attempt: Attempt,
  { volumes }: Extract<DeploymentTask, { kind: 'remove' }>,
): Promise<Outcome> => {
  const { call, journal } = attempt
  const { release, number } = journal.record
  await journal.enter('remove', { isChanging: true })
  const desired = { app: emptyApp(call.ref), release, keep: [] }
  const { observed } = await converge(attempt, { desired, phases: 'remove' })
  if (volumes) await removeVolumes(attempt, observed)
  const endedAtMs = call.context.clock.now()
  const { receipt: open } = journal.record
  const receipt: Receipt = { ...open, state: 'converged', endedAtMs, phases: endPhases(open.phases, endedAtMs) }
  await removeDocuments(attempt, number)
  call.onEvent({ kind: 'end', atMs: endedAtMs, state: 'converged', receipt })
  return { kind: 'converged', deployment: number, release, receipt }
}

const emptyApp = ({ app, environment }: { app: string; environment: string }): App => ({
  name: app,
  environment,
  services: [],
  networks: [],
  volumes: [],
  configs: [],
  secrets: [],
})

const removeVolumes = async ({ call, lease }: Attempt, observed: Observed): Promise<void> => {
  const { context, ref, signal } = call
  for (const { engineName, nodeId, nodeName } of observed.volumes) {
    await lease.hold()
    const doing = `remove volume ${engineName} on ${nodeName}`
    await persist(call, { doing, limitMs: limits.volumeOutageMs }, () =>
      context.engine.removeVolume(ref, engineName, nodeId, signal),
    )
  }
}

const removeDocuments = async ({ call, lease }: Attempt, own: number): Promise<void> => {
  const releases = (await listReleases(call)).map(({ number }) => number)
  const deployments = (await listDeployments(call)).map(({ number }) => number)
  await lease.change((environment) => {
    const { current: _, ...rest } = environment
    return { ...rest, isRemoved: true }
  })
  await removeRecords(call, { releases, deployments: deployments.filter((number) => number !== own) })
  await lease.hold()
  await removeRecords(call, { releases: [], deployments: [own] })
  await lease.hold()
  // Nobody may renew what is being removed.
  await lease[Symbol.asyncDispose]()
  await removeEnvironment(call)
}
