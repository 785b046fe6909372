import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openPlatform, type Platform } from './platform/open-platform.ts'
import { server } from './services.ts'
import { until } from './world.ts'

const nodesSchema = z.array(
  z.object({ name: z.string(), role: z.string(), state: z.string(), tasks: z.number(), isWitness: z.boolean() }),
)

/** Two servers and a machine that only votes. */
describe('two servers and a witness', () => {
  let platform: Platform
  let version = 1
  beforeAll(async () => {
    platform = await openPlatform('pair', { nodes: 3 })
    const { status, stderr } = await platform.signIn()
    expect(status, stderr).toBe(0)
    write()
    await platform.good('deploy')
  })
  afterAll(() => platform?.close())

  const write = (): void => {
    const deploy = { replicas: 2, update_config: { monitor: '1s' } }
    platform.write('pair', { web: server(platform.lab, String(version), { deploy }) })
  }
  const nodes = async () => nodesSchema.parse(JSON.parse(await platform.good('node', 'ls', '--json')))
  const find = async (name: string) => (await nodes()).find((node) => node.name === name)
  /** With patience for an election. */
  const deployNext = async (lost = ''): Promise<void> => {
    version += 1
    write()
    await until(
      'a deployment',
      () => platform.atoll('deploy'),
      ({ status }) => status === 0,
    )
    await until(
      'the app to be whole',
      () => platform.atoll('status', '--json'),
      ({ stdout }) => countRunning(stdout, lost) === 2,
    )
  }
  /** Tasks of a node that is gone are told as they were. */
  const countRunning = (stdout: string, lost: string): number => {
    const task = z.object({ state: z.string(), node: z.string().optional(), isCurrent: z.boolean() })
    const { services } = z.object({ services: z.array(z.object({ tasks: z.array(task) })) }).parse(JSON.parse(stdout))
    const tasks = services.flatMap((service) => service.tasks)
    return tasks.filter(({ state, node, isCurrent }) => state === 'running' && node !== lost && isCurrent).length
  }

  test('are made of three servers by emptying one; nothing runs there, and the platform says what it is', async () => {
    await platform.good('node', 'drain', 'node-3')
    expect(await platform.good('node', 'witness', 'node-3')).toContain('node-3 is a witness')
    await until(
      'nothing to be left there',
      () => find('node-3'),
      (node) => node?.tasks === 0 && node.isWitness && node.role !== 'worker',
    )
    expect(await platform.lab.run('node-3', ['docker', 'ps', '--quiet'])).toBe('')
    const doctor = (await platform.atoll('doctor')).stdout
    expect(doctor).toContain('node-3 is a witness: it is ready, votes and runs nothing')
    expect(doctor).not.toContain('no word of clock')
    expect(await platform.good('status')).toContain('survives the loss of any node: yes')
    await deployNext()
  })

  test.each(['node-3', 'node-1', 'node-2'])('outlive the loss of %s: apps run, and can be deployed', async (lost) => {
    await platform.lab.kill(lost)
    await until(
      'the managers to miss it',
      () => find(lost),
      (node) => node?.state === 'down',
    )
    await deployNext(lost)
    expect(await platform.good('audit', 'verify')).toContain('as they were written')
    await platform.lab.start(lost)
    await until(
      'it to be back',
      () => find(lost),
      (node) => node?.state === 'ready' && node.role !== 'worker',
    )
    expect(await find('node-3')).toMatchObject({ tasks: 0, isWitness: true })
  })

  test('and is a node as any other again when that is said', async () => {
    await platform.good('node', 'witness', 'node-3', '--off')
    const back = await until(
      'the platform to be there',
      () => find('node-3'),
      (node) => (node?.tasks ?? 0) >= 2,
    )
    expect(back).toMatchObject({ isWitness: false, state: 'ready' })
  })
})
