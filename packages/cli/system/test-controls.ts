import { resealAll } from '@atoll/control/testing'
import type { Stage } from '@atoll/deploy/stage'
import type { FakeTask } from '@atoll/engine/fake'
import { mergeKeyrings, openSeals, parseKeyring } from '@atoll/store/sealed'
import type { Seals } from '@atoll/store/sealed'

/** A task of the fake world's control service, with what it read of its secrets when it started. */
interface FakeControl {
  readonly seals: Seals
  readonly agents: readonly string[]
}

/** What controls and agents do with their secrets, over a fake world: each task with the ones it was started with. */
export const openFakeControls = (stage: Stage) => {
  const started = new Map<string, FakeControl>()
  /** What was not as it should be: a value that a control could not open, an agent that no control took. */
  const troubles: string[] = []
  const stop = new AbortController()
  let looks = 0
  const look = async (): Promise<void> => {
    looks += 1
    const controls = runningTasks(stage, 'control').map(({ id, read }) => {
      const control = started.get(id) ?? startControl(read)
      started.set(id, control)
      return control
    })
    const writer = controls[looks % Math.max(1, controls.length)]
    if (writer !== undefined) await seal(stage, writer.seals, `w${looks % 7}`)
    const [leader] = controls
    const world = { ...stage, seals: leader?.seals, log: (entry: object) => troubles.push(JSON.stringify(entry)) }
    if (leader !== undefined && leader.seals.keys > 1) await resealAll(world as never, live)
    for (const { seals } of controls) troubles.push(...(await findUnopened(stage, seals)))
    for (const { read } of runningTasks(stage, 'agent')) {
      const own = read('agents')
      if (!controls.every(({ agents }) => agents.includes(own))) troubles.push(`an agent is not taken: ${own}`)
    }
  }
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await look()
      await stage.clock.wait(1_900, stop.signal).catch(() => undefined)
    }
  }
  const running = run()
  running.catch((error: unknown) => troubles.push(String(error)))
  return { troubles, look, close: () => stop.abort() }
}

const live = new AbortController().signal
const collection = 'sealed'

/** Swarm gives a task its secrets when it starts; they stay its own when others come. */
const runningTasks = ({ engine }: Stage, service: string) =>
  [...(engine.world.services.get(`atoll_system_${service}`)?.tasks ?? [])]
    .filter(({ state, desired }) => state === 'running' && desired === 'running')
    .map((task) => ({ id: task.id, read: (name: string): string => readSecret(engine, task, name) }))

/** As a task sees it, and as whoever asks a control for the keys is told. */
export const readSecret = (engine: Stage['engine'], { service: { secrets } }: FakeTask, name: string): string => {
  const file = secrets.find((each) => each.name === name)
  return Buffer.from(engine.world.secrets.get(file?.engineName ?? '')?.value ?? []).toString()
}

const startControl = (read: (name: string) => string): FakeControl => ({
  seals: openSeals({ keys: mergeKeyrings(parseKeyring(read('seals')), parseKeyring(read('seals-beside'))) }),
  agents: [read('agents'), read('agents-beside')],
})

const placeOf = (id: string): string => `${collection}/${id}/value`

const seal = async ({ documents }: Stage, seals: Seals, id: string): Promise<void> => {
  const found = await documents.find(collection, id, live)
  const value = { values: { value: seals.seal(Buffer.from(id), placeOf(id)) } }
  await documents.put(collection, id, { expected: found?.revision ?? 0, value }, live).catch(() => undefined)
}

const findUnopened = async ({ documents }: Stage, seals: Seals): Promise<readonly string[]> => {
  const found = await documents.list<{ readonly values: { readonly value: unknown } }>(collection, {}, live)
  return found.flatMap(({ id, value }) => {
    try {
      const opened = Buffer.from(seals.open(value.values.value, placeOf(id))).toString()
      return opened === id ? [] : [`${id} is another value: ${opened}`]
    } catch (error) {
      return [`${id} does not open: ${String(error)}`]
    }
  })
}
