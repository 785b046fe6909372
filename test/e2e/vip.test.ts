import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { login, openBareWorld, type BareWorld } from './bare-world.ts'

const seenSchema = z.array(
  z.object({
    address: z.string(),
    holders: z.array(z.string()),
    tookAtMs: z.number().optional(),
    drift: z.array(z.string()),
  }),
)

const names = ['node-1', 'node-2', 'node-3'] as const
/** By the names of nodes, which the tests' own configuration of ssh knows. */
const ways = [...login, '--on', '%n'] as const
const patience = { timeout: 150_000, interval: 1_000 } as const

/** Three servers with the platform, and somebody on their network. */
describe('an address that moves', () => {
  let world: BareWorld
  let engine: string
  let link = ''
  let vip = ''
  beforeAll(async () => {
    world = await openBareWorld('vip', 3)
    vip = world.lab.nodes[0]?.address.replace(/\d+$/, '200') ?? ''
  })
  afterAll(() => world?.close())

  /** Status of what answers at the address; 0: nobody does. */
  const ask = (): Promise<number> =>
    fetch(`http://${vip}/`, { signal: AbortSignal.timeout(3_000), headers: { connection: 'close' } }).then(
      ({ status }) => status,
      () => 0,
    )
  const expectAnswer = () => expect.poll(ask, patience).toBeGreaterThan(0)
  const look = async () =>
    seenSchema.parse(JSON.parse(await world.good('vip', 'ls', ...ways, '--engine', engine, '--json')))
  /** Names of the nodes that have it. */
  const holders = async () => (await look()).flatMap((each) => each.holders)
  const on = (name: string, line: string): Promise<string> => world.lab.run(name, ['sh', '-c', line])
  const onIngress = (name: string, verb: 'pause' | 'unpause') =>
    on(
      name,
      `docker ${verb} $(docker ps --quiet --filter label=com.docker.swarm.service.name=atoll_system_ingress) || true`,
    )

  test('three servers become a cluster', async () => {
    link = /atoll login '([^']+)'/.exec(await world.good('init', '--on', 'node-1', ...login))?.[1] ?? ''
    expect(link).not.toBe('')
    engine = await world.reachEngine('node-1')
  })
  test.each(['node-2', 'node-3'])('with %s', async (name) => {
    expect(await world.good('node', 'add', name, ...login, '--engine', engine)).toContain(`${name} is a node`)
  })

  test('one that somebody has is refused, and nothing is changed', async () => {
    const taken = vip.replace(/\d+$/, '1')
    const { status, stderr } = await world.atoll('vip', 'add', `${taken}/24`, ...ways, '--engine', engine)
    expect([status, stderr]).toEqual([1, expect.stringContaining('on the network of eth0') as string])
    for (const name of names) expect(await on(name, 'ls /etc/keepalived 2>&1 || true')).toContain('No such file')
  })

  test('is added, proven and answered', async () => {
    const added = await world.good('vip', 'add', `${vip}/24`, '--prefer', 'node-3', ...ways, '--engine', engine)
    expect(added).toContain(`${vip} answers on node-3; node-1, node-2 would take it`)
    expect(await ask()).toBeGreaterThan(0)
    expect(await look()).toMatchObject([{ address: vip, holders: ['node-3'], drift: [], tookAtMs: expect.any(Number) }])
  })

  test('leaves a node whose ingress does not answer, and goes back to the one that is preferred', async () => {
    await onIngress('node-3', 'pause')
    await expect.poll(holders, patience).toEqual([expect.stringMatching(/node-[12]/)])
    await expectAnswer()
    await onIngress('node-3', 'unpause')
    await expect.poll(holders, patience).toEqual(['node-3'])
    await expectAnswer()
  })

  test('leads to the platform, whose certificate has it', async () => {
    writeFileSync(join(world.folder, 'password'), 'correct horse battery\n')
    const named = async () => {
      const socket = connect({ host: vip, port: 8443, rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const { subjectaltname = '' } = socket.getPeerCertificate()
      socket.destroy()
      return subjectaltname
    }
    await expect.poll(named, patience).toContain(`IP Address:${vip}`)
    const [first = ''] = world.lab.nodes.map(({ address }) => address)
    const byVip = link.replace(first, vip)
    await world.goodSignedIn('login', byVip, '--name', 'ann', '--password-file', 'password')
    expect(await world.goodSignedIn('node', 'ls')).toContain('node-3')
  })

  test('is on another when its node loses its power, and back with it', async () => {
    await world.lab.kill('node-3')
    await expectAnswer()
    const seen = await look()
    expect(seen).toMatchObject([{ holders: [expect.stringMatching(/node-[12]/)] }])
    expect(seen[0]?.drift).toEqual([expect.stringContaining('node-3 was not reached')])
    await world.lab.start('node-3')
    await expect.poll(look, patience).toMatchObject([{ holders: ['node-3'], drift: [] }])
    await expectAnswer()
  })

  test('is gone with all that is ours, and the package stays', async () => {
    await world.goodSignedIn('vip', 'rm', vip, ...ways)
    expect(await look()).toEqual([])
    expect(await ask()).toBe(0)
    for (const name of names) {
      expect(await on(name, 'ip address show')).not.toContain(`${vip}/`)
      expect(await on(name, 'pidof keepalived || echo none')).toBe('none')
      expect(await on(name, 'ls /etc/keepalived; ls -d /run/atoll-vip || true')).not.toMatch(
        /^keepalived\.conf$|atoll-/m,
      )
      expect(await on(name, 'ls /etc/rc2.d')).not.toMatch(/^S\d+keepalived$/m)
      expect(await on(name, 'test -x /usr/sbin/keepalived && echo there')).toBe('there')
    }
  })
})
