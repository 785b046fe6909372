import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sleeper } from '../services.ts'
import { end, until } from '../world.ts'
import { openPlatform, type Platform } from './open-platform.ts'
import { diskTests } from './disk.ts'
import { docsTests } from './docs.ts'
import { auditTests } from './keys.ts'
import { loseNameTests, mendNameTests } from './names.ts'
import { peopleTests } from './people.ts'
import { providerTests } from './provider.ts'
import { reachTests } from './reach.ts'
import { rightsTests } from './rights.ts'
import { watchTests } from './watch.ts'

const containerSchema = z.object({
  Config: z.object({ User: z.string() }),
  HostConfig: z.object({ Privileged: z.boolean(), ReadonlyRootfs: z.boolean() }),
  Mounts: z.array(z.object({ Source: z.string(), Destination: z.string() })),
})
const receiptSchema = z.object({
  deployment: z.number(),
  state: z.string(),
  author: z.string(),
  resumedBy: z.array(z.object({ owner: z.string() })),
  tasks: z.array(z.object({ service: z.string() })),
})
/** Of the app that the first deployment is of; other tests write compose files of their own. */
const ofKiosk = ['--app', 'kiosk']
const runningSchema = z.object({ running: z.object({ deployment: z.number(), owner: z.string() }).optional() })
const statusSchema = z.object({ services: z.array(z.object({ service: z.string(), state: z.string() })) })

let platform: Platform

const inspect = async (node: string, service: string) => {
  const said = await platform.lab.run(node, ['docker', 'inspect', await platform.findContainer(node, service)])
  return z.array(containerSchema).length(1).parse(JSON.parse(said))[0]!
}
const good = (...args: readonly string[]): Promise<string> => platform.good(...args)
const receipt = async () => receiptSchema.parse(JSON.parse(await good('receipt', '--json', ...ofKiosk)))

beforeAll(async () => {
  platform = await openPlatform('platform')
})
afterAll(() => platform?.close())

describe('the platform', () => {
  test('answers on every node, workers too', () => {
    expect(platform.doors.map(({ node, trouble }) => [node, trouble])).toEqual(
      platform.lab.nodes.map(({ name }) => [name, undefined]),
    )
  })

  test('gives the Docker socket to agents alone, and control no rights', async () => {
    const control = await inspect('node-1', 'control')
    expect(control.Config.User).toBe('10001:10001')
    expect(control.HostConfig).toEqual({ Privileged: false, ReadonlyRootfs: true })
    expect(control.Mounts.map(({ Destination }) => Destination).filter((path) => path.includes('docker'))).toEqual([])
    const agent = await inspect('node-4', 'agent')
    expect(agent.Mounts.map(({ Destination }) => Destination)).toContain('/var/run/docker.sock')
  })

  test('lets one person in by its link, once', async () => {
    const first = await platform.signIn()
    expect(first.status, first.stderr).toBe(0)
    expect(first.stdout).toContain('as ann')
    const password = join(platform.home, 'password')
    const again = await platform.atoll('login', platform.link, '--name', 'eve', '--password-file', password)
    expect(again.status).toBe(1)
    expect(again.stderr).toMatch(/invitation/)
  })

  test('deploys what a person without an engine sends, and says who it was', async () => {
    platform.write('kiosk', { web: sleeper(platform.lab, '1', { deploy: { replicas: 2 } }) })
    expect((await platform.atoll('plan')).status).toBe(3)
    await good('deploy')
    expect((await platform.atoll('plan')).status).toBe(0)
    expect(await receipt()).toMatchObject({ state: 'converged', author: 'ann' })
    const { services } = statusSchema.parse(JSON.parse(await good('status', '--json')))
    expect(services).toMatchObject([{ service: 'web', state: 'good' }])
    expect(await good('why')).toContain('deployment 1 of ann: release 1')
    expect(await good('audit')).toContain('kiosk/production')
  })

  loseNameTests(() => platform)

  test('runs a program in a task, whichever node it is on', async () => {
    const node = (await good('exec', ...ofKiosk, 'web', '--', 'node', '-e', 'console.log(process.env.VERSION)')).trim()
    expect(node).toBe('1')
    expect((await platform.atoll('exec', ...ofKiosk, 'web.2', '--', 'node', '-e', 'process.exit(7)')).status).toBe(7)
    expect((await platform.atoll('exec', ...ofKiosk, 'web.1', '--', 'node', '-e', 'process.exit(8)')).status).toBe(8)
  })

  test('tells and undoes what somebody changed behind it', async () => {
    await platform.lab.run('node-2', [
      'docker',
      'service',
      'update',
      '--detach',
      '--env-add',
      'VERSION=9',
      'kiosk_production_web',
    ])
    expect(await good('status', ...ofKiosk)).toContain('environment.VERSION')
    await good('repair', ...ofKiosk)
    expect(await good('status', ...ofKiosk)).not.toContain('environment.VERSION')
  })

  test('refuses what would reach the host, naming the place in the file, until an owner allows it', async () => {
    const web = sleeper(platform.lab, '1', {
      volumes: ['/var/run/docker.sock:/var/run/docker.sock'],
      cap_add: ['SYS_ADMIN'],
    })
    const text = JSON.stringify({ name: 'intruder', services: { web } }, null, 2)
    writeFileSync(join(platform.folder, 'compose.yaml'), text)
    const lineOf = (word: string): number => text.split('\n').findIndex((line) => line.includes(word)) + 1
    for (const command of ['plan', 'deploy']) {
      const { status, stderr } = await platform.atoll(command)
      expect(status, stderr).toBe(2)
      expect(stderr).toContain(`compose.yaml:${lineOf('docker.sock')}:9: services.web.volumes[0]: the Docker socket`)
      expect(stderr).toContain(`compose.yaml:${lineOf('SYS_ADMIN')}:9: services.web.cap_add[0]: SYS_ADMIN`)
    }
    expect(await platform.lab.run('node-1', ['docker', 'service', 'ls', '--format', '{{.Name}}'])).not.toContain(
      'intruder',
    )
    await good('allow', 'intruder', '--docker-socket', '--capability', 'SYS_ADMIN')
    await good('deploy')
    await good('rm', '--yes')
  })

  auditTests(() => platform, 'kiosk')
  diskTests(() => platform)
  rightsTests(() => platform)
  watchTests(() => platform)
  docsTests(() => platform)
  peopleTests(() => platform)
  providerTests(() => platform)
  mendNameTests(() => platform)

  test('finishes a deployment whose control is killed in the middle, with one receipt', async () => {
    platform.write('kiosk', {
      web: sleeper(platform.lab, '2', { deploy: { replicas: 2, update_config: { delay: '3s', monitor: '1s' } } }),
    })
    const deployment = end(platform.start(['deploy']))
    const findOwner = async () => runningSchema.parse(JSON.parse(await good('status', '--json'))).running
    const running = await until('the deployment to run', findOwner, (found) => found?.deployment === 3)
    const carrying = running?.owner.replace('ann@', '') ?? ''
    await platform.lab.run(carrying, ['docker', 'kill', await platform.findContainer(carrying, 'control')])
    const { status, stderr } = await deployment
    expect(status, stderr).toBe(0)
    const told = await receipt()
    expect(told).toMatchObject({ deployment: 3, state: 'converged', author: 'ann' })
    expect(told.resumedBy.length).toBeGreaterThan(0)
  })

  reachTests(() => platform)

  test('a leader loses its power: what is there is still told, and what is asked for is done after the election', async () => {
    const leader = (
      await platform.lab.run('node-1', ['docker', 'node', 'ls', '--format', '{{.Hostname}} {{.ManagerStatus}}'])
    )
      .split('\n')
      .find((line) => line.endsWith('Leader'))!
      .split(' ')[0]!
    await platform.lab.kill(leader)
    const told = await platform.atoll('status', ...ofKiosk)
    expect(told.stdout).toContain('kiosk/production')
    expect(told.stderr).toContain('as of')
    await good('scale', 'web=3', ...ofKiosk)
    await platform.lab.restore()
    expect(await receipt()).toMatchObject({ deployment: 4, state: 'converged' })
  })
})

test('uninstall takes the platform away and leaves apps and their history', async () => {
  await good('uninstall', '--yes', ...platform.managers)
  const services = await platform.lab.run('node-2', ['docker', 'service', 'ls', '--format', '{{.Name}} {{.Replicas}}'])
  expect(services.trim()).toBe('kiosk_production_web 3/3')
  expect(await platform.lab.run('node-2', ['docker', 'secret', 'ls', '--quiet'])).toBe('')
  expect(await good('releases', 'kiosk', ...platform.managers)).toContain('ann')
})
