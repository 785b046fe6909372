import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { imagesOf, openUpgradable, type Upgradable } from './upgrades/open-upgradable.ts'
import { end, until } from './world.ts'

let world: Upgradable
beforeAll(async () => {
  world = await openUpgradable('upgrade-interrupted')
})
afterAll(() => world?.close())

const eventSchema = z.looseObject({ kind: z.string(), service: z.string().optional(), state: z.string().optional() })

/** Begins an upgrade, which goes on when a task of the service is being made. */
const beginUntilMaking = async (service: string, image: string) => {
  const child = world.platform.start(world.words('--json', '--image', image))
  const ended = end(child)
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const isMaking = (): boolean =>
    said
      .split('\n')
      .slice(0, -1)
      .map((line) => eventSchema.parse(JSON.parse(line)))
      .some((event) => event.kind === 'task' && event.service === service && event.state === 'starting')
  await until(
    `a task of ${service} is made`,
    async () => isMaking() || child.exitCode !== null,
    (isSo) => isSo,
  )
  if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${said}`)
  return { child, ended }
}

const killWhenMaking = async (service: string, image: string): Promise<void> => {
  const { child, ended } = await beginUntilMaking(service, image)
  child.kill('SIGKILL')
  await ended
}

const backups = (): readonly string[] => readdirSync(world.platform.folder).filter((name) => name.endsWith('.age'))

const expectWhole = async (image: string): Promise<void> => {
  const after = await world.containers('atoll_system_')
  expect([after.length, imagesOf(after).length]).toEqual([12, 1])
  const looked = await world.upgrade('--dry-run', '--image', image)
  expect(looked, looked.stdout).toMatchObject({ status: 0 })
}

describe('the platform becomes another build', { timeout: 600_000 }, () => {
  test('although the command is killed, twice, and run again; no app notices', async () => {
    const [apps, image] = [await world.containers('shop_'), await world.saveImage('next')]
    const load = world.openLoad()
    for (const service of ['agent', 'control']) await killWhenMaking(service, image)
    const { status, stdout, stderr } = await world.upgrade('--image', image)
    const { answered, failed, listed } = await load.stop()
    process.stderr.write(`killed twice: ${answered} requests, ${listed} lists, ${failed.length} failed\n`)
    expect(status, `${stdout}${stderr}`).toBe(0)
    expect(failed).toEqual([])
    await expectWhole(image)
    expect(await world.containers('shop_')).toEqual(apps)
    expect(backups()).toHaveLength(1)
    expect(stdout).toContain(`backup of before: ${world.platform.folder}/${backups()[0]}`)
  })

  test('after Ctrl-C by a process in the background, which the next command follows', async () => {
    const [apps, image] = [await world.containers('shop_'), await world.saveImage('after')]
    const load = world.openLoad()
    const { child, ended } = await beginUntilMaking('agent', image)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ status: 130, stderr: expect.stringContaining('atoll resume atoll/system') })
    await world.platform.good('resume', 'atoll/system', ...world.platform.managers)
    const { status, stdout, stderr } = await world.upgrade('--image', image)
    const { answered, failed, listed } = await load.stop()
    process.stderr.write(`Ctrl-C: ${answered} requests, ${listed} lists, ${failed.length} failed\n`)
    expect(status, `${stdout}${stderr}`).toBe(0)
    expect(failed).toEqual([])
    await expectWhole(image)
    expect(await world.containers('shop_')).toEqual(apps)
  })

  test('although a manager loses its power on the way, and is run again when it is back', async () => {
    const { platform } = world
    const image = await world.saveImage('previous')
    const others = ['node-1', 'node-2', 'node-4']
    const appsThere = async () => (await world.containers('shop_')).filter((line) => !line.startsWith('node-3'))
    const apps = await appsThere()
    const load = world.openLoad(others)
    const { ended } = await beginUntilMaking('control', image)
    await platform.lab.kill('node-3')
    const first = await ended
    await platform.lab.start('node-3')
    await platform.lab.restore()
    const { status, stdout, stderr } = await world.upgrade('--image', image)
    const { answered, failed, listed } = await load.stop()
    process.stderr.write(`power: ${first.status}, ${answered} requests, ${listed} lists, ${failed.length} failed\n`)
    expect(status, `${first.stdout}${first.stderr}\n${stdout}${stderr}`).toBe(0)
    expect(failed).toEqual([])
    await until(
      'all programs run the build',
      async () => world.containers('atoll_system_'),
      (lines) => lines.length === 12 && imagesOf(lines).length === 1,
    )
    await expectWhole(image)
    expect(await appsThere()).toEqual(apps)
  })
})
