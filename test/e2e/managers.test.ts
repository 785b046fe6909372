import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { openPlatform, type Platform } from './platform/open-platform.ts'
import { callOften } from './platform-faults/harbor.ts'
import { server } from './services.ts'
import { nodesSchema, until } from './world.ts'

/** Managers that are lost: one, which is replaced, and then two of three. */
describe('the managers of a platform', () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await openPlatform('crew')
    const { status, stderr } = await platform.signIn()
    expect(status, stderr).toBe(0)
    write('1')
    await platform.good('deploy')
  })
  afterAll(() => platform?.close())

  const write = (version: string): void => {
    const ports = [{ target: 8080, published: 8090, mode: 'host' }]
    const placement = { constraints: ['node.hostname==node-3'] }
    const deploy = { placement, update_config: { order: 'stop-first', monitor: '1s' } }
    platform.write('lamp', { web: server(platform.lab, version, { ports, deploy }) })
  }
  const nodes = async () => nodesSchema.parse(JSON.parse(await platform.good('node', 'ls', '--json')))
  const managers = async () => (await nodes()).filter(({ role }) => role !== 'worker').map(({ name }) => name)
  const addressOf = (name: string) => platform.lab.nodes.find((node) => node.name === name)?.address ?? ''
  const engineOf = (name: string) => `unix://${platform.lab.nodes.find((node) => node.name === name)?.socket}`
  const workerReady = (name: string) =>
    until(`${name} to be a worker that is ready`, nodes, (all) =>
      all.some((node) => node.name === name && node.role === 'worker' && node.state === 'ready'),
    )

  test('are three again some time after one was lost, and that one comes back as a worker', async () => {
    expect(await platform.good('settings', '--manager-grace', '1m')).toContain('away for 1 min')
    await platform.lab.kill('node-3')
    await until(
      'status to tell it',
      async () => (await platform.atoll('status')).stdout,
      (said) => said.includes('2 of 3 managers are ready, without node-3'),
    )
    await until('a worker in its place', managers, (names) => names.join() === 'node-1,node-2,node-4', 200_000)
    await platform.lab.start('node-3')
    await workerReady('node-3')
    expect(await managers()).toEqual(['node-1', 'node-2', 'node-4'])
    // It is told once both halves are done, and a node that is away takes its time to become a worker.
    const story = await until(
      'why to tell it',
      () => platform.good('why'),
      (said) => said.includes('node-3 was made a worker by the platform'),
    )
    expect(story).toContain('node-4 was made a manager by the platform: node-3 did not answer for 1 minute')
    expect(await platform.good('audit')).toContain('keepManagers')
    write('2')
    await platform.good('deploy')
  })

  test('of which two are lost: apps answer, and one command brings the rest back with all it knows', async () => {
    let isOver = false
    onTestFinished(() => void (isOver = true))
    const calls = callOften(`http://${addressOf('node-3')}:8090/`, () => isOver)
    await Promise.all(['node-2', 'node-4'].map((name) => platform.lab.kill(name)))
    const refused = await platform.atoll('scale', 'web=1')
    expect(refused, refused.stderr).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('atoll recover --engine'),
    })
    const releases = 2
    const control = await platform.findContainer('node-1', 'control')
    const recovered = await platform.good('recover', '--engine', engineOf('node-1'), '--yes')
    expect(recovered).toContain('node-1 leads again: 2 of 4 nodes are ready')
    expect(recovered).toContain('away: node-2, node-4')
    await until(
      'the platform to answer',
      async () => z.array(z.unknown()).parse(JSON.parse(await platform.good('releases', '--json'))),
      (found) => found.length === releases,
    )
    isOver = true
    const isSame = (await platform.findContainer('node-1', 'control')) === control
    process.stdout.write(`the control of node-1 went on: ${isSame}\n`)
    const { answered, failed } = await calls
    process.stdout.write(`requests without a majority: ${answered} answered, ${failed} failed\n`)
    expect(answered).toBeGreaterThan(50)
    expect(failed).toBe(0)
    write('3')
    await until(
      'a deployment',
      () => platform.atoll('deploy'),
      ({ status }) => status === 0,
    )
    expect(await platform.good('audit', 'verify')).toContain('as they were written')
  })

  test('come back one at a time: one that is still known by itself, one that was removed when told to', async () => {
    // Two managers shall not be made three before the last is there.
    await platform.good('settings', '--manager-grace', '10m')
    await platform.good('node', 'rm', 'node-4', '--force')
    await platform.lab.start('node-2')
    await until('node-2 to be a manager', managers, (names) => names.join() === 'node-1,node-2')
    await platform.lab.start('node-4')
    const [engine, back] = [engineOf('node-1'), engineOf('node-4')]
    expect(await platform.good('recover', '--engine', engine, '--rejoin', back)).toContain('node-4 is a worker again')
    await platform.good('node', 'promote', 'node-4')
    expect(await managers()).toEqual(['node-1', 'node-2', 'node-4'])
    await platform.good('restart')
  })
})
