import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openTestLab, type TestLab } from '@atoll/lab/testing'
import { z } from 'zod'

const bin = join(import.meta.dirname, '../../bin/atoll')

export interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A lab, a folder with a compose file, and the command line in it; the engine is asked what became of it. */
export interface World extends AsyncDisposable {
  readonly lab: TestLab
  readonly folder: string
  readonly app: string
  /** Writes compose.yaml with these services (JSON is YAML); further top-level keys go in `rest`. */
  readonly write: (services: Readonly<Record<string, unknown>>, rest?: Readonly<Record<string, unknown>>) => void
  readonly start: (...args: readonly string[]) => ChildProcess
  readonly atoll: (...args: readonly string[]) => Promise<Ended>
  /** One JSON reply of the first manager that answers. */
  readonly ask: <T>(path: string, schema: z.ZodType<T>) => Promise<T>
  /** Ends the programs that were started, and undoes every fault. */
  readonly leave: () => Promise<void>
  readonly tasks: (service: string) => Promise<readonly Task[]>
}

const taskSchema = z.object({
  ID: z.string(),
  NodeID: z.string().optional(),
  DesiredState: z.string(),
  Status: z.object({ State: z.string() }),
  Spec: z.object({ ContainerSpec: z.object({ Image: z.string(), Env: z.array(z.string()).nullish() }) }),
})
export type Task = z.infer<typeof taskSchema>

/** What `node ls --json` prints, as far as tests look at it. */
export const nodesSchema = z.array(
  z.object({
    name: z.string(),
    role: z.string(),
    state: z.string(),
    availability: z.string(),
    tasks: z.number(),
    drain: z.unknown().optional(),
  }),
)

/** `lab`: another than the one all share, for tests whose faults a Swarm does not quite recover from. */
export async function openWorld(app: string, labName?: string, nodes = 3): Promise<World> {
  const lab = await openTestLab({ nodes, ...(labName !== undefined && { name: labName }) })
  await lab.restore()
  const folder = mkdtempSync(join(tmpdir(), `atoll-e2e-${app}-`))
  const managers = lab.nodes.filter((node) => node.isManager).map((node) => node.socket)
  const engines = managers.flatMap((socket) => ['--engine', `unix://${socket}`])
  const children = new Set<ChildProcess>()
  const start = (...args: readonly string[]) => {
    const child = spawn(bin, takesEngine(args) ? insertFlags(args, engines) : [...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment(args.includes('--engine')),
    })
    children.add(child)
    child.once('close', () => children.delete(child))
    return child
  }
  /** A test that gave up may have left a deployment running, which the next would have to wait for. */
  const leave = async (): Promise<void> => {
    const ended = [...children].map((child) => once(child, 'close'))
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(ended)
    await lab.restore()
  }
  const atoll = (...args: readonly string[]) => end(start(...args))
  const ask: World['ask'] = (path, schema) => askAny(managers, path, schema)
  return {
    lab,
    folder,
    app,
    start,
    atoll,
    ask,
    write: (services, rest = {}) =>
      writeFileSync(join(folder, 'compose.yaml'), JSON.stringify({ name: app, services, ...rest }, null, 2)),
    tasks: (service) => readTasks(ask, app, service),
    leave,
    [Symbol.asyncDispose]: async () => {
      await leave()
      const { status, stderr } = await atoll('rm', '--yes', '--volumes')
      rmSync(folder, { recursive: true })
      if (status !== 0 && !stderr.includes('is not here'))
        throw new Error(`atoll rm of ${app}: exit status ${status}: ${stderr}`)
    },
  }
}

/** Behind `--` stands another program's command. */
const insertFlags = (args: readonly string[], flags: readonly string[]): string[] => {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  return args.toSpliced(end, 0, ...flags)
}

/** A test that names its engine itself means that one alone. */
const takesEngine = (args: readonly string[]): boolean =>
  args[0] !== 'config' && args[0] !== 'lab' && !args.includes('--engine')

/** The command line knows the other managers of a lab; a test that names one engine wants it not to look for them. */
const cleanEnvironment = (isAlone: boolean): NodeJS.ProcessEnv => {
  const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env
  // A cluster that the person who runs the tests is signed in to is none of their business.
  return { ...rest, NO_COLOR: '1', XDG_CONFIG_HOME: '/nonexistent', ...(isAlone && { ATOLL_LAB_HOME: '/nonexistent' }) }
}

/** Waits for a program's end and gives what it said. */
export function end(child: ChildProcess): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ status: code ?? (signal === null ? 1 : 128), stdout, stderr }))
  })
}

async function askAny<T>(sockets: readonly string[], path: string, schema: z.ZodType<T>): Promise<T> {
  const failures: unknown[] = []
  for (const socketPath of sockets) {
    try {
      return schema.parse(await askOne(socketPath, path))
    } catch (error) {
      failures.push(error)
    }
  }
  throw new AggregateError(failures, `no manager answers ${path}: ${failures.map(String).join('; ')}`)
}

function askOne(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: `/v1.41${path}`, timeout: 5_000 }, (reply) => {
      let text = ''
      reply.on('data', (chunk: Buffer) => (text += chunk.toString()))
      reply.on('end', () =>
        reply.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(`${reply.statusCode} ${text}`)),
      )
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in 5 s')))
    asked.on('error', reject)
    asked.end()
  })
}

async function readTasks(ask: World['ask'], app: string, service: string): Promise<readonly Task[]> {
  const filters = encodeURIComponent(JSON.stringify({ service: { [`${app}_production_${service}`]: true } }))
  return ask(`/tasks?filters=${filters}`, z.array(taskSchema))
}

export const running = (tasks: readonly Task[]): readonly Task[] =>
  tasks.filter((task) => task.Status.State === 'running' && task.DesiredState === 'running')

export const environmentOf = (task: Task, name: string): string | undefined =>
  task.Spec.ContainerSpec.Env?.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1)

/** Awaits a condition of the world; says what it saw last when it does not come. */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  isSo: (seen: T) => boolean,
  timeoutMs = 150_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const seen = await look().catch((error: unknown) => error as T)
    if (!(seen instanceof Error) && isSo(seen)) return seen
    if (performance.now() > deadline)
      throw new Error(
        `${what}: not within ${timeoutMs} ms; last seen: ${seen instanceof Error ? seen.message : JSON.stringify(seen)}`,
      )
    await wait(200)
  }
}
