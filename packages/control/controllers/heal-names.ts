import { BusyError, DeployError, findRepairs, restart } from '@atoll/deploy'
import type { EnvironmentRecord, NameRecord } from '@atoll/deploy'
import type { NameAnswer, NamedService, NamesApi } from '@atoll/engine'
import type { ObservedNode } from '@atoll/plan'
import type { Document } from '@atoll/store'
import { appendAudit } from '../audit/audit.ts'
import { contextFor } from '../control.ts'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { chooseQuestions, isSettled, placeOf, rememberTasks } from '../names/choose-questions.ts'
import type { NameMemory } from '../names/choose-questions.ts'
import { chooseRepair } from '../names/choose-repair.ts'
import type { Repair } from '../names/choose-repair.ts'
import { judgeNames } from '../names/judge-names.ts'
import type { Suspicion } from '../names/judge-names.ts'
import { claimRepair, idOf, writeTroubles } from '../names/name-records.ts'
import type { Confirmed } from '../names/name-records.ts'
import { runLoop } from './run-loop.ts'

/** Nothing of the platform is restarted by itself. */
const reservedApp = 'atoll'

interface Healing {
  readonly names: NamesApi
  readonly memory: NameMemory
  /** What was wrong when each place was last asked. */
  readonly wrong: Map<string, Suspicion>
  running: Promise<void> | undefined
  /** Whether anything may be written down that is to be changed; who begins does not know. */
  hasRecords: boolean
}

/**
 * Asks on every node, from inside of the apps' networks, whether services that run are found by their names, since the engine
 * can forget them when a node was cut off. What is found wrong twice is written down, and mended by a restart, one at a time.
 */
export const healNames = async (world: World, names: NamesApi, signal: AbortSignal): Promise<void> => {
  const memory: NameMemory = { asked: new Map(), upSinceMs: new Map(), suspects: new Map(), ready: new Set() }
  const healing: Healing = { names, memory, wrong: new Map(), running: undefined, hasRecords: true }
  const look = async (): Promise<void> => {
    const [listed, nodes] = await Promise.all([names.listNames(signal), world.engine.nodes(signal)])
    const services = listed.filter(({ app }) => app !== reservedApp)
    await askDue(world, { healing, services, nodes }, signal)
    const confirmed = listConfirmed(healing, { services, nodes })
    if (confirmed.length === 0 && !healing.hasRecords) return
    const records = await writeTroubles(world, confirmed, signal)
    healing.hasRecords = records.size > 0
    healing.running ??= startRepair(world, { confirmed, records, services }, signal)?.finally(() => {
      healing.running = undefined
    })
  }
  await runLoop(world, { name: 'heal names', everyMs: limits.names.lookMs, look }, signal)
  await healing.running
}

interface Look {
  readonly healing: Healing
  readonly services: readonly NamedService[]
  readonly nodes: readonly ObservedNode[]
}

const askDue = async (world: World, { healing, services, nodes }: Look, signal: AbortSignal): Promise<void> => {
  const { names, memory } = healing
  const nowMs = world.clock.now()
  const ready = new Set(nodes.filter(({ state }) => state === 'ready').map(({ id }) => id))
  rememberTasks(memory, { services, ready }, nowMs)
  const asking = chooseQuestions(memory, services, nowMs).map(async ({ nodeId, questions }) => {
    for (const { networkId } of questions) memory.asked.set(placeOf(nodeId, networkId), nowMs)
    const answers = await names.askNames(nodeId, questions, signal).catch((error: unknown) => {
      // An agent that cannot be reached tells nothing of names; others must not wait for it.
      if (!signal.aborted) world.log({ event: 'names not asked', nodeId, error: String(error) })
      return []
    })
    for (const answer of answers) takeAnswer(healing, { services, nodeId, answer }, nowMs)
  })
  await Promise.all(asking)
}

interface Answered {
  readonly services: readonly NamedService[]
  readonly nodeId: string
  readonly answer: NameAnswer
}

/** What an answer does not confirm is no suspicion any more. */
const takeAnswer = ({ memory, wrong }: Healing, { services, nodeId, answer }: Answered, nowMs: number): void => {
  if (answer.kind === 'not-asked') return
  const place = placeOf(nodeId, answer.networkId)
  const found = judgeNames({ services, nodeId, answer, isSettled: isSettled(memory, nowMs) })
  const keys = new Map(found.map((suspicion) => [`${place} ${suspicion.service.dnsName}`, suspicion]))
  for (const key of [...memory.suspects.keys()].filter((each) => each.startsWith(`${place} `) && !keys.has(each))) {
    memory.suspects.delete(key)
    wrong.delete(key)
  }
  for (const [key, suspicion] of keys) {
    memory.suspects.set(key, { firstMs: memory.suspects.get(key)?.firstMs ?? nowMs, lastMs: nowMs })
    wrong.set(key, suspicion)
  }
}

/** Twice wrong, with time between; a place where nothing runs any more is in nobody's way. */
const listConfirmed = (
  { memory, wrong }: Healing,
  { services, nodes }: Pick<Look, 'services' | 'nodes'>,
): readonly Confirmed[] => {
  const up = services.flatMap(({ tasks }) => tasks).filter(({ isUp }) => isUp)
  const places = new Set(up.map(({ nodeId, networkId }) => placeOf(nodeId, networkId)))
  const present = new Set(services.map(({ dnsName }) => dnsName))
  return [...wrong].flatMap(([key, suspicion]) => {
    const { nodeId, networkId, service } = suspicion
    if (!places.has(placeOf(nodeId, networkId)) || !present.has(service.dnsName)) {
      wrong.delete(key)
      memory.suspects.delete(key)
      return []
    }
    const { firstMs, lastMs } = memory.suspects.get(key) ?? { firstMs: 0, lastMs: 0 }
    if (lastMs - firstMs < limits.names.againMs) return []
    return [{ suspicion, node: nodes.find(({ id }) => id === nodeId)?.name ?? nodeId, sinceMs: firstMs }]
  })
}

interface Situation {
  readonly confirmed: readonly Confirmed[]
  readonly records: ReadonlyMap<string, Document<NameRecord>>
  readonly services: readonly NamedService[]
}

/** Undefined: nothing is to be done. What is begun never rejects. */
const startRepair = (
  world: World,
  { confirmed, records, services }: Situation,
  signal: AbortSignal,
): Promise<void> | undefined => {
  const nowMs = world.clock.now()
  for (const { suspicion, node } of confirmed) {
    const record = records.get(idOf(suspicion.service))
    if (record === undefined) continue
    const { repairs } = record.value
    const repair = chooseRepair({ suspicion, node, repairs, services, nowMs })
    if (repair !== undefined) return mend(world, { suspicion, record, repair }, signal)
  }
  return undefined
}

interface Mending {
  readonly suspicion: Suspicion
  readonly record: Document<NameRecord>
  readonly repair: Repair
}

const mend = async (world: World, { suspicion, record, repair }: Mending, signal: AbortSignal): Promise<void> => {
  const { app, environment } = suspicion.service
  const ref = { app, environment }
  const about = { ...ref, service: repair.service, reason: repair.reason }
  try {
    if (!(await mayRestart(world, { ref, id: record.id }, signal))) return
    await claimRepair(world, record, { repair: { ...repair, atMs: world.clock.now() }, signal })
    world.log({ event: 'restarting a service that is not found by its name', ...about })
    const by = `atoll@${world.node.name}`
    const subject = `${app}/${environment}`
    await appendAudit(world, { by, action: 'healNames', subject, address: '', after: about }, signal)
    const request = { ref, services: [repair.service], note: `${repair.service}: ${repair.reason}` }
    const { kind } = await restart(contextFor(world, 'atoll'), request, { signal, onEvent: () => {} })
    world.log({ event: 'restarted a service that is not found by its name', ...about, outcome: kind })
  } catch (error) {
    if (signal.aborted) return
    const isLater = error instanceof BusyError || (error instanceof DeployError && error.retry)
    world.log({ event: isLater ? 'names are healed later' : 'names not healed', ...about, error: String(error) })
  }
}

/** Not into somebody's deployment, and not where a restart would also undo what somebody changed by hand. */
const mayRestart = async (
  world: World,
  { ref, id }: { readonly ref: { readonly app: string; readonly environment: string }; readonly id: string },
  signal: AbortSignal,
): Promise<boolean> => {
  const environment = await world.documents.find<EnvironmentRecord>('environment', id, signal)
  const { current, running, isHalfWay } = environment?.value ?? {}
  if (current === undefined || running !== undefined || isHalfWay === true) return false
  return (await findRepairs(contextFor(world, 'atoll'), ref, signal)).length === 0
}
