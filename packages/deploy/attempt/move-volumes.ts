import type { App } from '@atoll/spec'
import type { Desired } from '@atoll/plan'
import { EngineError } from '@atoll/engine'
import { isRetryable } from '../errors.ts'
import { limits } from '../limits.ts'
import { persist } from '../ledger/persist.ts'
import type { DeploymentTask } from '../records.ts'
import type { Attempt } from './attempt.ts'
import { converge, observe } from './converge.ts'
import { stopService } from './standstill.ts'
import { toCauses } from './to-causes.ts'

type Task = Extract<DeploymentTask, { kind: 'move-volume' }>

/**
 * Stops what mounts the volumes, copies those that are not there yet, and leaves starting again to the way forward. True:
 * all of them live on the node now. Run again it copies only what is still missing.
 */
export const moveVolumes = async (attempt: Attempt, desired: Desired, task: Task): Promise<boolean> => {
  const { call, journal, lease } = attempt
  const missing = await findElsewhere(attempt, task)
  if (missing.length === 0) return true
  const stopped = { ...desired, app: stopConsumers(desired.app, task) }
  const { failures, observed } = await converge(attempt, { desired: stopped, phases: 'move-volume' })
  if (failures.length > 0) {
    journal.addCauses(await toCauses(call, failures, observed))
    return false
  }
  for (const engineName of missing) {
    await journal.enter('move-volume', { isChanging: true })
    await lease.hold()
    if (!(await moveVolume(attempt, engineName, task))) return false
  }
  return true
}

const findElsewhere = async ({ call }: Attempt, { volumes, toNodeId }: Task): Promise<readonly string[]> => {
  const observed = await observe(call)
  const places = new Map(observed.volumes.map((volume) => [volume.engineName, volume.nodeId]))
  return volumes.filter((engineName) => places.get(engineName) !== toNodeId)
}

const stopConsumers = (app: App, { volumes }: Task): App => ({
  ...app,
  services: app.services.map((service) => (mountsOneOf(service, volumes) ? stopService(service) : service)),
})

const mountsOneOf = ({ mounts, mode }: App['services'][number], volumes: readonly string[]): boolean =>
  mode.kind === 'replicated' &&
  mounts.some((mount) => mount.kind === 'volume' && volumes.includes(mount.definition.engineName))

const moveVolume = async ({ call, journal }: Attempt, engineName: string, task: Task): Promise<boolean> => {
  const { context, ref, signal } = call
  const { toNodeId, toNode } = task
  try {
    await persist(call, { doing: `copy ${engineName} to ${toNode}`, limitMs: limits.engineOutageMs }, () =>
      context.engine.moveVolume({ ref, engineName, toNodeId, onProgress: tellProgress(call, engineName) }, signal),
    )
    return true
  } catch (error) {
    if (!(error instanceof EngineError) || isRetryable(error)) throw error
    const message = `volume ${engineName} could not be copied to ${toNode}: ${error.message}; it stays where it was`
    journal.addCauses([{ kind: 'engine', service: '', message, health: [], logs: [], nodes: [] }])
    return false
  }
}

/** Once a second at most. */
const tellProgress = ({ context, onEvent }: Attempt['call'], engineName: string): ((bytes: number) => void) => {
  let toldAtMs = 0
  return (bytes) => {
    const atMs = context.clock.now()
    if (atMs - toldAtMs < limits.observe.everyMs) return
    toldAtMs = atMs
    onEvent({ kind: 'wait', atMs, message: `copying ${engineName}: ${Math.round(bytes / 2 ** 20)} MiB` })
  }
}
