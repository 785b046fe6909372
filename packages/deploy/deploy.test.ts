import { createApp, createRoute, createService } from '@atoll/plan/fixtures'
import type { App, Service } from '@atoll/spec'
import { describe, expect, it } from 'vitest'
import { deploy } from './deploy.ts'
import { listen, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

const web = (image: string, change: Partial<Service> = {}): Service =>
  createService('web', { image, mode: { kind: 'replicated', replicas: 3 }, ...change })

const send = (stage: Stage, app: App, change: { acceptsWarnings?: boolean } = {}, options = listen()) =>
  stage.settle(deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann', ...change }, options))

/** What runs now, by service and image without digest: `web=web:1*3`. */
const running = async (stage: Stage, app: App): Promise<string> => {
  const { services } = await stage.observe(app)
  return services
    .map((service) => {
      const up = service.tasks.filter((task) => task.state === 'running' && task.desired === 'running')
      const images = [...new Set(up.map((task) => task.image.split('@')[0]))]
      return `${service.definition?.name}=${images.join('|')}*${up.length}`
    })
    .toSorted()
    .join(' ')
}

/** Ids of the tasks that run. */
const findServing = async (stage: Stage, app: App): Promise<ReadonlySet<string>> => {
  const { services } = await stage.observe(app)
  const up = services.flatMap(({ tasks }) => tasks.filter((task) => task.state === 'running'))
  return new Set(up.filter((task) => task.desired === 'running').map((task) => task.id))
}

describe('a deployment that can', () => {
  it('converges: every task runs for the monitor time, by digest', async () => {
    const stage = openStage()
    const app = createApp([web('web:1'), createService('db')])
    const options = listen()
    const outcome = await send(stage, app, {}, options)
    expect(outcome.kind).toBe('converged')
    expect(await running(stage, app)).toBe('db=db:1*1 web=web:1*3')
    const { receipt } = outcome
    expect(receipt).toMatchObject({ state: 'converged', deployment: 1, release: 1, author: 'ann', causes: [] })
    expect(receipt.phases.map(({ name }) => name)).toEqual(['resolve', 'plan', 'apply', 'start', 'monitor'])
    expect(receipt.phases.every(({ endedAtMs }) => endedAtMs !== undefined)).toBe(true)
    expect(receipt.tasks).toHaveLength(4)
    expect(receipt.tasks.every(({ image, node }) => image.includes('@sha256:') && node !== undefined)).toBe(true)
    expect(options.events.at(-1)).toMatchObject({ kind: 'end', state: 'converged' })
  })

  it('does nothing, and does not wait, when the world is as the files say', async () => {
    const stage = openStage()
    const app = createApp([web('web:1')])
    await send(stage, app)
    await stage.pass(60_000)
    const options = listen()
    const beganMs = stage.clock.now()
    const outcome = await send(stage, app, {}, options)
    expect(outcome).toMatchObject({ kind: 'converged', deployment: 2, release: 1 })
    expect(options.events.filter(({ kind }) => kind === 'action')).toEqual([])
    expect(stage.clock.now() - beganMs).toBeLessThan(1_000)
  })

  it('replaces the old tasks and waits until they are gone', async () => {
    const stage = openStage()
    await send(stage, createApp([web('web:1'), createService('old')]))
    const next = createApp([web('web:2')])
    expect(await send(stage, next)).toMatchObject({ kind: 'converged', release: 2, receipt: { previous: 1 } })
    expect(await running(stage, next)).toBe('web=web:2*3')
  })

  it('starts services in the order of their dependencies, each when the one before is healthy or has completed', async () => {
    const stage = openStage()
    const started = (service: string, condition: 'healthy' | 'completed') =>
      [{ service, condition, isRequired: true, restarts: false }] as const
    const app = createApp([
      createService('web', { dependsOn: started('migrate', 'completed') }),
      createService('migrate', {
        mode: { kind: 'once', completions: 1, concurrency: 1 },
        command: ['sleep', '2'],
        dependsOn: started('db', 'healthy'),
      }),
      createService('db'),
    ])
    stage.engine.setImage('db:1', { startMs: 3_000, run: { kind: 'serves' } })
    const outcome = await send(stage, app)
    expect(outcome.kind).toBe('converged')
    const reached = (service: string, state: string): number =>
      outcome.receipt.tasks.find((task) => task.service === service)?.states.find((s) => s.state === state)?.atMs ?? 0
    const created = (service: string): number =>
      outcome.receipt.tasks.find((task) => task.service === service)?.states[0]?.atMs ?? 0
    expect(created('migrate')).toBeGreaterThanOrEqual(reached('db', 'running'))
    expect(created('web')).toBeGreaterThanOrEqual(reached('migrate', 'complete'))
  })

  it('brings up twenty-five services', async () => {
    const stage = openStage()
    const services = Array.from({ length: 25 }, (_, index) => createService(`service-${index}`))
    const app = createApp(services)
    expect((await send(stage, app)).kind).toBe('converged')
    expect((await running(stage, app)).split(' ')).toHaveLength(25)
  })

  it('tells and counts nothing of what died before it', async () => {
    const stage = openStage()
    stage.engine.setImage('web:1', { run: { kind: 'exits', afterMs: 200, exitCode: 1 } })
    await send(stage, createApp([web('web:1')]), { acceptsWarnings: true })
    stage.engine.setImage('web:1', { run: { kind: 'serves' } })
    const options = listen()
    const outcome = await send(stage, createApp([web('web:1'), createService('db')]), {}, options)
    expect(outcome.kind).toBe('converged')
    const states = outcome.receipt.tasks.flatMap((task) => task.states.map(({ state }) => state))
    expect(states).not.toContain('failed')
    expect(options.events.filter((event) => event.kind === 'task' && event.state === 'failed')).toEqual([])
  })

  it('outlives a death or two of a task that waits for another', async () => {
    const stage = openStage()
    const app = createApp([web('web:1', { mode: { kind: 'replicated', replicas: 1 } })])
    stage.engine.setImage('web:1', { run: { kind: 'exits', afterMs: 300, exitCode: 1 } })
    const work = deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, listen())
    await stage.pass(1_500)
    stage.engine.setImage('web:1', { run: { kind: 'serves' } })
    expect((await stage.settle(work)).kind).toBe('converged')
  })
})

describe('a deployment that cannot', () => {
  const bad: readonly (readonly [
    string,
    Stage['engine']['world']['images'] extends Map<string, infer I> ? I : never,
    object,
  ])[] = [
    [
      'crashes',
      { run: { kind: 'exits', afterMs: 200, exitCode: 3, lines: ['no config', 'giving up'] } },
      { kind: 'exit', exitCode: 3, service: 'web', logs: ['no config', 'giving up'] },
    ],
    [
      'is killed for its memory',
      { run: { kind: 'exits', afterMs: 200, exitCode: 137, isOutOfMemory: true } },
      { kind: 'out-of-memory', exitCode: 137 },
    ],
    [
      'is unhealthy',
      { run: { kind: 'unhealthy', afterMs: 1_000, output: 'status 500' } },
      { kind: 'unhealthy', service: 'web' },
    ],
  ]

  it.each(bad)('goes back as a whole when a service %s, and says why', async (_what, image, cause) => {
    const stage = openStage()
    await send(stage, createApp([web('web:1'), createService('db', { image: 'db:1' })]))
    stage.engine.setImage('web:2', image)
    const options = listen()
    const outcome = await send(stage, createApp([web('web:2'), createService('db', { image: 'db:2' })]), {}, options)
    expect(outcome.kind).toBe('rolled-back')
    expect(outcome.receipt).toMatchObject({ state: 'rolled-back', release: 2, previous: 1, causes: [cause] })
    expect(await running(stage, createApp([]))).toBe('db=db:1*1 web=web:1*3')
    expect(options.events).toContainEqual(expect.objectContaining({ kind: 'rollback', to: 1 }))
    expect(outcome.receipt.phases.at(-1)).toMatchObject({ name: 'rollback' })
  })

  it.each([
    { what: 'never becomes healthy', run: { kind: 'unhealthy', afterMs: 8_000, output: 'status 500' }, lost: 0 },
    { what: 'dies once it runs', run: { kind: 'exits', afterMs: 200, exitCode: 3 }, lost: 1 },
  ] as const)('costs $lost task of the release before when a task of the new one $what', async ({ run, lost }) => {
    const stage = openStage()
    const app = createApp([web('web:1')])
    await send(stage, app)
    const [before, restart] = [await findServing(stage, app), { condition: 'any', delayMs: 5_000 } as const]
    stage.engine.setImage('web:2', { run })
    expect((await send(stage, createApp([web('web:2', { restart })]))).kind).toBe('rolled-back')
    expect(before.difference(await findServing(stage, app)).size).toBe(lost)
  })

  it('is told to lack memory when the engine knows it of another task only', async () => {
    const stage = openStage()
    stage.engine.setImage('web:1', { run: { kind: 'exits', afterMs: 200, exitCode: 137, isOutOfMemory: true } })
    let missed: string | undefined
    const inspectTask: Stage['engine']['inspectTask'] = async (taskId, signal) => {
      const detail = await stage.engine.inspectTask(taskId, signal)
      missed ??= taskId
      return taskId === missed ? { ...detail, isOutOfMemory: false } : detail
    }
    const context = stage.createContext('ann', { engine: { ...stage.engine, inspectTask } })
    const request = { app: createApp([web('web:1')]), secrets: {}, author: 'ann' }
    const outcome = await stage.settle(deploy(context, request, listen()))
    expect(outcome.receipt.causes).toMatchObject([{ kind: 'out-of-memory', exitCode: 137 }])
  })

  it('names the node, the status and how often', async () => {
    const stage = openStage({ nodes: 1 })
    stage.engine.setImage('web:1', { run: { kind: 'exits', afterMs: 200, exitCode: 3 } })
    const outcome = await send(stage, createApp([web('web:1', { mode: { kind: 'replicated', replicas: 1 } })]))
    expect(outcome.receipt.causes[0]?.message).toBe('web exited with status 3 on node-1, 3 times')
  })

  it('touches nothing when a registry says that an image is not there', async () => {
    const stage = openStage()
    await send(stage, createApp([web('web:1')]))
    stage.engine.setImage('web:9', { run: { kind: 'missing' } })
    const options = listen()
    const outcome = await send(stage, createApp([web('web:9')]), {}, options)
    expect(outcome).toMatchObject({ kind: 'rolled-back', receipt: { causes: [{ kind: 'pull', service: 'web' }] } })
    expect(outcome.receipt.causes[0]).toMatchObject({
      message: 'web: image web:9 cannot be had: the registry has no such tag; nothing was changed',
      hint: 'check the name and the tag',
    })
    expect(options.events.filter(({ kind }) => kind === 'action')).toEqual([])
    expect(await running(stage, createApp([]))).toBe('web=web:1*3')
  })

  it('is refused before anything is touched when no registry answers for an image that is not here', async () => {
    const stage = openStage()
    await send(stage, createApp([web('web:1')]))
    stage.engine.setImage('web:9', { run: { kind: 'missing' } })
    stage.engine.world.isRegistryAnswering = false
    const options = listen()
    const outcome = await send(stage, createApp([web('web:9')]), {}, options)
    expect(outcome).toMatchObject({ kind: 'rolled-back', receipt: { causes: [{ kind: 'pull', service: 'web' }] } })
    expect(outcome.receipt.causes[0]?.hint).toContain('--accept-warnings')
    expect(options.events.filter(({ kind }) => kind === 'action')).toEqual([])
    const tried = await send(stage, createApp([web('web:9')]), { acceptsWarnings: true })
    expect(tried).toMatchObject({ kind: 'rolled-back', receipt: { causes: [{ kind: 'pull', service: 'web' }] } })
    expect(await running(stage, createApp([]))).toBe('web=web:1*3')
  })

  it('says that nobody serves routes where there is no platform', async () => {
    const app = createApp([web('web:1')], { routes: [createRoute('web', 'shop.example.org')] })
    const stage = openStage()
    expect((await send(stage, app)).receipt.warnings).toMatchObject([{ kind: 'routes-unserved', isBlocking: false }])
    const platform = { name: 'atoll', environment: 'system' }
    const system = createApp([createService('agent', { engineName: 'atoll_system_agent' })], platform)
    await send(stage, system)
    expect((await send(stage, app)).receipt.warnings).toEqual([])
  })

  it('restarts nothing because a registry does not answer', async () => {
    const stage = openStage()
    const first = await send(stage, createApp([web('web:1')]))
    stage.engine.world.isRegistryAnswering = false
    const options = listen()
    const again = await send(stage, createApp([web('web:1')]), {}, options)
    expect(again).toMatchObject({ kind: 'converged', release: first.release })
    expect(options.events.filter(({ kind }) => kind === 'action')).toEqual([])
    expect(again.receipt.warnings[0]?.message).toContain('stays what it is')
  })

  it('says for each node which rule excluded it, whether refused before or found out after', async () => {
    const stage = openStage()
    const huge = web('web:1', { resources: { limits: {}, reservations: { memoryBytes: 2 ** 40 } } })
    const refused = await send(stage, createApp([huge]))
    expect(refused).toMatchObject({ kind: 'failed', receipt: { causes: [{ kind: 'no-node', service: 'web' }] } })
    expect(refused.receipt.causes[0]?.nodes.map(({ node }) => node)).toEqual(['node-1', 'node-2', 'node-3'])
    expect((await stage.observe(createApp([]))).services).toEqual([])
    const tried = await send(stage, createApp([huge]), { acceptsWarnings: true })
    expect(tried).toMatchObject({ kind: 'failed', receipt: { causes: [{ kind: 'no-node', service: 'web' }] } })
    expect(tried.receipt.causes[0]?.nodes).toHaveLength(3)
    expect(tried.receipt.warnings).toMatchObject([{ kind: 'too-big', isBlocking: false }])
  })

  it('scales a first release that fails to zero and keeps it', async () => {
    const stage = openStage()
    stage.engine.setImage('web:1', { run: { kind: 'exits', afterMs: 200, exitCode: 1 } })
    const app = createApp([web('web:1'), createService('agent', { mode: { kind: 'global' } }), createService('db')])
    expect(await send(stage, app)).toMatchObject({ kind: 'failed', receipt: { causes: [{ service: 'web' }] } })
    expect(await running(stage, app)).toBe('agent=*0 db=*0 web=*0')
    stage.engine.setImage('web:1', { run: { kind: 'serves' } })
    expect(await send(stage, app)).toMatchObject({ kind: 'converged', release: 2 })
    expect(await running(stage, app)).toBe('agent=agent:1*3 db=db:1*1 web=web:1*3')
  })

  it('goes back when a job fails, and nothing that waits for it was started', async () => {
    const stage = openStage()
    const app = createApp([
      createService('migrate', { mode: { kind: 'once', completions: 1, concurrency: 1 }, command: ['false'] }),
      createService('web', {
        dependsOn: [{ service: 'migrate', condition: 'completed', isRequired: true, restarts: false }],
      }),
    ])
    expect(await send(stage, app)).toMatchObject({ kind: 'failed', receipt: { causes: [{ service: 'migrate' }] } })
    expect((await stage.observe(app)).services.map(({ definition }) => definition?.name)).toEqual(['migrate'])
  })

  it('is rolled back when the engine rolled back by itself', async () => {
    const stage = openStage()
    const policy = { ...web('web:1').update, failureAction: 'rollback' as const }
    await send(stage, createApp([web('web:1', { update: policy })]))
    stage.engine.setImage('web:2', { run: { kind: 'exits', afterMs: 100, exitCode: 1 } })
    expect((await send(stage, createApp([web('web:2', { update: policy })]))).kind).toBe('rolled-back')
    expect(await running(stage, createApp([]))).toBe('web=web:1*3')
  })
})
