import type { Engine } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { applyAction } from './apply.ts'
import { changeFakeNode, removeFakeNode } from './change-node.ts'
import { changeFakeRole } from './change-role.ts'
import { execInTask, inspectFakeTask } from './exec.ts'
import { buildFakeImage, resolveFakeImage } from './images.ts'
import { observeFakeOccupancy } from './occupancy.ts'
import { countWorld, listOwners, observeWorld } from './observe.ts'
import { admitFake } from './admission.ts'
import { createOutsider } from './outsider.ts'
import type { Outsider } from './outsider.ts'
import { listFakeServiceImages, measureFakeUsage, pruneFake, storeOf } from './storage.ts'
import { openFakeReach } from './reach.ts'
import { tick } from './tick.ts'
import { moveFakeVolume, removeFakeVolume, sizeVolumes } from './volumes.ts'
import { createAutomaticFlow, createHeldFlow, readLogs, watchWorld } from './watch.ts'
import { createWorld } from './world.ts'
import type { FakeImage, World } from './world.ts'

export type { FakeImage, FakeNode, FakeRun, FakeService, FakeTask, World } from './world.ts'
export type { Outsider } from './outsider.ts'
export { storeOf } from './storage.ts'

/** An engine in memory. Its time is its own: hand `clock` to whatever works with it. */
export interface FakeEngine extends Engine {
  readonly clock: { readonly now: () => number }
  /** Lets time pass; what waits for events goes on after it. */
  tick(ms: number): void
  /** How an image behaves from its next start on; the reference is without digest. */
  setImage(reference: string, image: FakeImage): void
  readonly outsider: Outsider
  readonly world: World
}

export interface FakeOptions {
  /** 3 unless said. */
  readonly nodes?: number
  /** Milliseconds since 1970. */
  readonly startMs?: number
  /** Time flows by itself while somebody waits for an event (the default), or only by `tick`. */
  readonly isAutomatic?: boolean
  /** Called after every step of a tenth of a second. */
  readonly afterStep?: (world: World) => void
}

export const openFakeEngine = (options: FakeOptions = {}): FakeEngine => {
  const { nodes = 3, startMs = Date.UTC(2026, 0, 1), isAutomatic = true, afterStep } = options
  const world = createWorld({ nodes, startMs })
  const letPass = (ms: number): void => tick(world, ms, afterStep)
  const held = createHeldFlow()
  const flow = isAutomatic ? createAutomaticFlow(letPass) : held
  return {
    ...createVerbs(world),
    watch: (ref, signal) => watchWorld(world, { ref, flow }, signal),
    logs: (query, signal) => readLogs(world, { query, flow }, signal),
    clock: { now: () => world.nowMs },
    tick: (ms) => {
      letPass(ms)
      held.release()
    },
    setImage: (reference, image) => void world.images.set(reference, image),
    outsider: createOutsider(world),
    world,
  }
}

type Verbs = Omit<Engine, 'watch' | 'logs'>

/** Every call fails when its signal has ended or the world was told to fail; none waits. */
const createVerbs = (world: World): Verbs => {
  const call = async <T>(signal: AbortSignal, act: () => T | Promise<T>): Promise<T> => {
    if (signal.aborted) throw new EngineError('timeout', 'ask the engine: no time was left', { cause: signal.reason })
    if (world.failure !== undefined) throw new EngineError(world.failure, `ask the engine: ${world.failure}`)
    return act()
  }
  return {
    observe: (ref, signal) => call(signal, () => observeWorld(world, ref)),
    listEnvironments: (signal) => call(signal, () => listOwners(world)),
    countEnvironments: (signal) => call(signal, () => countWorld(world)),
    occupancy: (signal) => call(signal, () => observeFakeOccupancy(world)),
    apply: (action, context, signal) =>
      call(signal, () => {
        context.assertHeld?.()
        applyAction(world, action, context)
      }),
    exec: (request, signal) => call(signal, () => execInTask(world, request)),
    nodes: (signal) => call(signal, () => structuredClone(world.nodes)),
    resolveImage: (image, signal) => call(signal, () => resolveFakeImage(world, image)),
    buildImage: (request, signal) => call(signal, () => buildFakeImage(request, signal)),
    inspectTask: (taskId, signal) => call(signal, () => inspectFakeTask(world, taskId)),
    ...openFakeReach(world, call),
    volumeSizes: (ref, signal) => call(signal, () => sizeVolumes(world, ref)),
    moveVolume: (request, signal) => call(signal, () => moveFakeVolume(world, request)),
    removeVolume: (ref, engineName, nodeId, signal) =>
      call(signal, () => removeFakeVolume(world, { ref, engineName, nodeId })),
    changeRole: (nodeId, role, signal) => call(signal, () => changeFakeRole(world, nodeId, role)),
    changeNode: (nodeId, change, signal) => call(signal, () => changeFakeNode(world, nodeId, change)),
    removeNode: (nodeId, options, signal) => call(signal, () => removeFakeNode(world, nodeId, options)),
    admission: (signal) => call(signal, () => admitFake(world)),
    diagnose: (signal) =>
      call(signal, () => ({
        engineVersion: '20.10.24',
        apiVersion: '1.41',
        findings: [{ check: 'engine', state: 'good', message: 'the fake engine is always well' }],
      })),
    disk: (nodeId, signal) => call(signal, () => structuredClone(storeOf(world, nodeId).disk)),
    usage: (nodeId, signal) => call(signal, () => measureFakeUsage(world, nodeId)),
    prune: ({ nodeId, ...request }, signal) => call(signal, () => pruneFake(world, nodeId, request)),
    serviceImages: (signal) => call(signal, () => listFakeServiceImages(world)),
  }
}
