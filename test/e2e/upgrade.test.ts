import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { imagesOf, openUpgradable, type Upgradable } from './upgrades/open-upgradable.ts'

let world: Upgradable
beforeAll(async () => {
  world = await openUpgradable('upgrade')
})
afterAll(() => world?.close())

const receiptSchema = z.object({
  backup: z.string(),
  tasks: z.array(
    z.object({
      service: z.string(),
      node: z.string().optional(),
      states: z.array(z.object({ state: z.string(), atMs: z.number() })),
    }),
  ),
})
const readReceipt = async () => {
  const { platform } = world
  const said = await platform.good('receipt', '--app', 'atoll/system', '--json', ...platform.managers)
  return receiptSchema.parse(JSON.parse(said))
}

/** In which order the tasks of the platform came to run, as the receipt tells. */
const renderOrder = ({ tasks }: z.infer<typeof receiptSchema>): string => {
  const began = tasks.flatMap(({ service, node = '', states }) => {
    const last = states.at(-1)
    return last?.state === 'running' ? [{ text: `${service} ${node}`, atMs: last.atMs }] : []
  })
  return began
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ text }) => text)
    .join(', ')
}

const look = async () =>
  Promise.all([world.containers('atoll_system_'), world.containers('shop_'), world.readDocuments()])

describe('the platform', () => {
  test(
    'goes back to the build before when a control of the new one never gets healthy',
    { timeout: 600_000 },
    async () => {
      const [before, apps, documents] = await look()
      const { status, stdout, stderr } = await world.upgrade('--image', await world.saveImage('deaf'))
      expect(status, `${stdout}${stderr}`).toBe(4)
      expect(stdout).toContain('as before')
      const { backup } = await readReceipt()
      expect(stdout).toContain(`atoll restore ${backup} --identity FILE --replace --engine unix://`)
      await world.verify(backup)
      const after = await world.containers('atoll_system_')
      expect(imagesOf(after)).toEqual(imagesOf(before))
      expect(after.length).toBe(before.length)
      expect(await world.containers('shop_')).toEqual(apps)
      expect(await world.readDocuments()).toEqual(documents)
    },
  )

  test('says of another build that there is a command for it', async () => {
    const { platform, upgrade } = world
    const { status, stderr } = await platform.atoll('init', '--registry', platform.lab.registry, ...platform.managers)
    expect([status, stderr]).toEqual([1, expect.stringContaining('atoll upgrade')])
    const work = expect.stringContaining('agent 4, control 3, ingress 4, gate 1')
    const looked = await upgrade('--dry-run')
    expect(looked, looked.stderr).toMatchObject({ status: 3, stdout: work })
    const signedIn = await platform.atoll('upgrade', '--dry-run', '--no-backup')
    expect(signedIn, signedIn.stderr).toMatchObject({ status: 3, stdout: work })
    const commands = platform.doors.slice(0, 3).map(({ url }) => `--engine ssh://root@${new URL(url).hostname}`)
    expect(signedIn.stdout).toContain(`carry it out: atoll upgrade ${commands.join(' ')}`)
  })

  test('becomes another build under load, and no app notices', { timeout: 600_000 }, async () => {
    const { platform, upgrade } = world
    const [before, apps, documents] = await look()
    const load = world.openLoad()
    const begunMs = performance.now()
    const { status, stdout, stderr } = await upgrade()
    const tookMs = performance.now() - begunMs
    const { answered, failed, listed } = await load.stop()
    expect(status, `${stdout}${stderr}`).toBe(0)
    const receipt = await readReceipt()
    const told = `${answered} requests, ${listed} lists, ${failed.length} failed; order: ${renderOrder(receipt)}`
    process.stderr.write(`upgraded in ${Math.round(tookMs)} ms; ${told}\n`)
    expect(failed).toEqual([])
    expect(stdout).toContain(`backup of before: ${receipt.backup}`)
    await world.verify(receipt.backup)
    const after = await world.containers('atoll_system_')
    expect(after.length).toBe(12)
    expect(imagesOf(after).length).toBe(1)
    expect(imagesOf(after)).not.toEqual(imagesOf(before))
    expect(await world.containers('shop_')).toEqual(apps)
    expect(await world.readDocuments()).toEqual(documents)
    await world.deployShop('two')
    expect(await platform.good('audit', 'verify')).toContain('as they were written')
    const again = await upgrade()
    expect(again, again.stderr).toMatchObject({ status: 0, stdout: expect.stringContaining('already') })
  })
})
