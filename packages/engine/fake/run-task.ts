import { findProgram } from './program.ts'
import { enter, hasEnded, isWanted, want } from './task.ts'
import { emit, findNode, maxLogLines, nextId } from './world.ts'
import type { FakeRun, FakeService, FakeTask, FakeVolume, World } from './world.ts'

type Subject = { readonly service: FakeService; readonly task: FakeTask }

const stopMs = 100

/** What the node of a task does with it in one step. A node that is down does nothing, and its tasks stay as last seen. */
export const runTask = (world: World, subject: Subject): void => {
  const { service, task } = subject
  if (task.desired === 'ready' && world.nowMs >= task.startAtMs) want(world, { service, task }, 'running')
  if (hasEnded(task)) return
  if (!isWanted(task)) return stopTask(world, subject)
  if (findNode(world, task.nodeId)?.state !== 'ready' || task.desired === 'ready') return
  const { pullMs = 100, startMs = 100, run } = findProgram(world, task.service)
  const elapsedMs = world.nowMs - task.sinceMs
  switch (task.state) {
    case 'assigned':
      return prepare(world, subject, run)
    case 'preparing':
      return elapsedMs >= pullMs ? start(world, subject, run) : undefined
    case 'starting':
      return elapsedMs >= (run.kind === 'unhealthy' ? run.afterMs : startMs) ? settle(world, subject, run) : undefined
    case 'running':
      return run.kind === 'exits' && elapsedMs >= run.afterMs ? exit(world, subject, run) : undefined
    default:
      return undefined
  }
}

const stopTask = (world: World, subject: Subject): void => {
  const { task } = subject
  const node = findNode(world, task.nodeId)
  if (node !== undefined && node.state !== 'ready') return
  const isStarted = task.state === 'running' || task.state === 'starting'
  if (isStarted && task.message !== 'stopping') return enter(world, subject, { state: task.state, message: 'stopping' })
  if (!isStarted || world.nowMs - task.sinceMs >= stopMs) {
    enter(world, subject, { state: 'shutdown', message: 'shutdown', exitCode: isStarted ? 0 : undefined })
  }
}

const prepare = (world: World, subject: Subject, run: FakeRun): void => {
  const { service, task } = subject
  const error = findRejection(world, subject, run)
  if (error !== undefined) return enter(world, subject, { state: 'rejected', message: 'preparing', error })
  for (const mount of task.service.mounts) {
    const { owner: ref } = service
    if (mount.kind === 'volume' && ref !== undefined) {
      useVolume(world, { ref, engineName: mount.definition.engineName, nodeId: task.nodeId ?? '' })
    }
  }
  enter(world, subject, { state: 'preparing', message: 'preparing' })
}

const findRejection = (world: World, { task }: Subject, run: FakeRun): string | undefined => {
  if (run.kind === 'missing') return `No such image: ${task.service.image}`
  const processors = findNode(world, task.nodeId)?.nanoCpus ?? 0
  const { nanoCpus = 0 } = task.service.resources.limits
  return nanoCpus > processors ? `range of CPUs is from 0.01 to ${(processors / 1e9).toFixed(2)}` : undefined
}

const useVolume = (world: World, use: Pick<FakeVolume, 'ref' | 'engineName' | 'nodeId'>): void => {
  const { ref, engineName, nodeId } = use
  const found = world.volumes.find((volume) => volume.engineName === engineName && volume.nodeId === nodeId)
  if (found !== undefined) {
    found.uses += 1
    return
  }
  world.volumes.push({ ...use, sizeBytes: 4096, uses: 1 })
  emit(world, 'volume', { id: engineName, ref })
}

const start = (world: World, subject: Subject, run: FakeRun): void => {
  enter(world, subject, { state: 'starting', message: 'starting', containerId: nextId(world, 'container') })
  if (run.kind !== 'missing') for (const text of run.lines ?? []) writeLog(world, subject, text)
}

const settle = (world: World, subject: Subject, run: FakeRun): void => {
  if (run.kind !== 'unhealthy') return enter(world, subject, { state: 'running', message: 'started' })
  const error = 'task: non-zero exit (137): dockerexec: unhealthy container'
  enter(world, subject, { state: 'failed', message: 'started', error, exitCode: 137 })
}

const exit = (world: World, subject: Subject, run: Extract<FakeRun, { kind: 'exits' }>): void => {
  const { exitCode, isOutOfMemory = false } = run
  if (exitCode === 0) return enter(world, subject, { state: 'complete', message: 'finished', exitCode })
  const error = `task: non-zero exit (${exitCode})`
  enter(world, subject, { state: 'failed', message: 'started', error, exitCode, isOutOfMemory })
}

const writeLog = (world: World, { service, task }: Subject, text: string): void => {
  if (service.owner === undefined) return
  world.logs.push({
    ref: service.owner,
    service: task.service.name,
    taskId: task.id,
    ...(task.slot === undefined ? {} : { slot: task.slot }),
    ...(task.nodeId === undefined ? {} : { nodeId: task.nodeId }),
    stream: 'stdout',
    atMs: world.nowMs,
    text,
  })
  if (world.logs.length > maxLogLines) world.logs.shift()
}
