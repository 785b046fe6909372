import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import type { ObservedTask } from '@atoll/plan'
import type { Mount, Service, Volume } from '@atoll/spec'
import type { SwarmEngine } from './index.ts'
import { createLabService, openLabEngine } from './lab-engine.ts'

let lab: TestLab
let engine: SwarmEngine
const ref = { app: 'volumes', environment: 'test' }
const engineName = 'volumes_test_data'
const volume: Volume = { name: 'data', engineName, isExternal: false, driver: 'local', driverOptions: {}, labels: {} }
const context = { ref, release: 1, secrets: {} }
const soon = (): AbortSignal => AbortSignal.timeout(150_000)

beforeAll(async () => {
  lab = await openTestLab({ nodes: 3 })
  engine = await openLabEngine(lab)
})
afterAll(async () => {
  await engine?.[Symbol.asyncDispose]()
})

const store = (nodeId: string, replicas: number): Service => {
  const mount: Mount = {
    kind: 'volume',
    volume: 'data',
    definition: volume,
    target: '/data',
    isReadOnly: false,
    noCopy: false,
  }
  return createLabService(
    lab,
    { ref, name: 'store' },
    {
      mounts: [mount],
      mode: { kind: 'replicated', replicas },
      placement: { constraints: [`node.id==${nodeId}`], spread: [], maxPerNode: 0 },
    },
  )
}

const isRunning = ({ state, desired, isCurrent }: ObservedTask): boolean =>
  state === 'running' && desired === 'running' && isCurrent

/** Brings the store to that many tasks on that node and waits until it is so. */
const run = async (nodeId: string, replicas: number): Promise<ObservedTask | undefined> => {
  await engine.apply({ kind: 'create-service', service: store(nodeId, replicas) }, context, soon())
  for await (const _event of engine.watch(ref, soon())) {
    const tasks = (await engine.observe(ref, soon())).services[0]?.tasks ?? []
    const running = tasks.filter((task) => task.state === 'running')
    if (running.length === replicas && running.every((task) => isRunning(task) && task.nodeId === nodeId))
      return running[0]
  }
  throw new Error('the store did not come up in time')
}

const shell = async (task: ObservedTask | undefined, line: string): Promise<string> => {
  const chunks: Uint8Array[] = []
  const take = (chunk: Uint8Array): void => void chunks.push(Uint8Array.from(chunk))
  const request = { taskId: task?.id ?? '', argv: ['sh', '-c', line], environment: {}, stdout: take, stderr: take }
  await engine.exec(request, soon())
  return Buffer.concat(chunks).toString()
}

const fill =
  'cd /data; mkdir -p d/e; head -c 9000000 /dev/urandom > d/big; ln -sf big d/l; ln d/big d/hard; touch -d 2001-01-01 d/e/old; chown 33:44 d/e; chmod 4711 d/e/old; mkfifo d/pipe'
const show = 'cd /data; find . -mindepth 1 -printf "%p %y %m %U %G %TY %l\\n" | sort; md5sum d/big d/hard'

describe('a volume', () => {
  it('moves with all its content, there and back, and the old copy stays', async () => {
    const [one, two] = await engine.nodes(soon())
    const [from, to] = [one?.id ?? '', two?.id ?? '']
    const place = { kind: 'place-volume', volume, nodeId: from, nodeName: one?.name ?? '', service: 'store' } as const
    await engine.apply(place, context, soon())
    const task = await run(from, 1)
    await shell(task, fill)
    const before = await shell(task, show)
    expect(before).toContain('d/e/old f 4711')
    expect((await engine.volumeSizes(ref, soon()))[engineName]).toBeGreaterThan(9_000_000)

    await run(from, 0)
    let sent = 0
    const move = { ref, engineName, onProgress: (bytes: number) => (sent = bytes) }
    await engine.moveVolume({ ...move, toNodeId: to }, soon())
    expect(sent).toBeGreaterThan(9_000_000)
    expect((await engine.observe(ref, soon())).volumes).toMatchObject([{ nodeId: to, nodeName: two?.name }])
    const moved = await run(to, 1)
    expect(await shell(moved, show)).toBe(before)
    expect(await lab.run(one?.name ?? '', ['docker', 'volume', 'ls', '-q'])).toContain(engineName)

    // What a killed move leaves behind must not be in the way of the next.
    const leftover = [
      '--label',
      `atoll.volume-access=${engineName}`,
      '-v',
      `${engineName}:/volume`,
      lab.images.base,
      'true',
    ]
    await lab.run(one?.name ?? '', ['docker', 'create', ...leftover])
    await shell(moved, 'echo later > /data/later')
    await run(to, 0)
    await engine.moveVolume({ ...move, toNodeId: from }, soon())
    expect(await shell(await run(from, 1), 'cat /data/later')).toBe('later\n')

    const { id = '' } = (await engine.observe(ref, soon())).services[0] ?? {}
    await engine.apply({ kind: 'remove-service', id, engineName: 'volumes_test_store' }, context, soon())
    await lab.run(one?.name ?? '', [
      'sh',
      '-c',
      'while docker ps -q --filter name=volumes_test | grep -q .; do sleep 0.2; done',
    ])
    await engine.removeVolume(ref, engineName, from, soon())
    await engine.removeVolume(ref, engineName, to, soon())
    expect((await engine.observe(ref, soon())).volumes).toEqual([])
    const left = await lab.run(two?.name ?? '', ['docker', 'ps', '-aq', '--filter', 'label=atoll.volume-access'])
    expect(left.trim()).toBe('')
  })

  it('of somebody else is neither moved over nor removed', async () => {
    const node = (await engine.nodes(soon()))[0]
    await lab.run(node?.name ?? '', ['docker', 'volume', 'create', 'volumes_test_foreign'])
    await expect(engine.removeVolume(ref, 'volumes_test_foreign', node?.id ?? '', soon())).rejects.toMatchObject({
      code: 'refused',
    })
    await lab.run(node?.name ?? '', ['docker', 'volume', 'rm', 'volumes_test_foreign'])
  })

  it('keeps its first place when two place it at once', async () => {
    const nodes = await engine.nodes(soon())
    const name = 'volumes_test_raced'
    const results = await Promise.allSettled(
      nodes.map(({ id, name: nodeName }) => {
        const action = {
          kind: 'place-volume',
          volume: { ...volume, engineName: name },
          nodeId: id,
          nodeName,
          service: 's',
        } as const
        return engine.apply(action, context, soon())
      }),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const { nodeId = '' } = (await engine.observe(ref, soon())).volumes.find((place) => place.engineName === name) ?? {}
    await engine.removeVolume(ref, name, nodeId, soon())
  })
})
