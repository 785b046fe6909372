import type { ExecRequest, TaskDetail } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { findProgram } from './program.ts'
import type { FakeTask, World } from './world.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const getTask = (world: World, taskId: string): FakeTask => {
  const task = [...world.services.values()].flatMap((service) => service.tasks).find(({ id }) => id === taskId)
  if (task === undefined) throw new EngineError('not-found', `find task ${taskId}: there is none; see "atoll status"`)
  return task
}

/** Runs what every image is taken to have: `true`, `false`, `echo`, `cat`, `env`, `hostname`, `sh -c "exit N"`. */
export const execInTask = async (world: World, request: ExecRequest): Promise<number> => {
  const task = getTask(world, request.taskId)
  if (task.state !== 'running') {
    throw new EngineError(
      'conflict',
      `run ${request.argv.join(' ')} in task ${task.id}: it is ${task.state}, not running`,
    )
  }
  const [name = '', ...words] = request.argv
  const program = world.programs.get(name)
  if (program !== undefined) {
    await request.stdout(encode(program(task)))
    return 0
  }
  switch (name) {
    case 'true':
      return 0
    case 'false':
      return 1
    case 'echo':
      await request.stdout(encode(`${words.join(' ')}\n`))
      return 0
    case 'cat':
      for await (const chunk of request.stdin ?? []) await request.stdout(chunk)
      return 0
    case 'env':
      for (const [key, value] of Object.entries({ ...task.service.environment, ...request.environment })) {
        await request.stdout(encode(`${key}=${value}\n`))
      }
      return 0
    case 'hostname':
      await request.stdout(encode(`${task.containerId?.slice(0, 12)}\n`))
      return 0
    case 'sh':
      return Number(/exit (\d+)/.exec(words[1] ?? '')?.[1] ?? 0)
    default:
      await request.stderr(encode(`exec: "${name}": executable file not found\n`))
      return 127
  }
}

export const inspectFakeTask = (world: World, taskId: string): TaskDetail => {
  const task = getTask(world, taskId)
  const { run } = findProgram(world, task.service)
  const hasProbed = run.kind === 'unhealthy' && task.containerId !== undefined
  return {
    ...(task.exitCode === undefined ? {} : { exitCode: task.exitCode }),
    isOutOfMemory: task.isOutOfMemory,
    health: hasProbed ? [{ exitCode: 1, output: run.output, atMs: task.sinceMs }] : [],
    ...(task.error === undefined ? {} : { error: task.error }),
  }
}
