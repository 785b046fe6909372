import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ApiError } from '@atoll/api'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { server } from '../services.ts'
import { end, until } from '../world.ts'
import type { Answered } from './connect.ts'
import { buildShip, lookAt, type Ship } from './fleet.ts'
import { callOften, type Harbor } from './harbor.ts'
import { killControls, randomOf } from './kill-controls.ts'
import { countOutcomes } from './witness.ts'

/** Tests of what happens to the platform, and what has to hold then. Each leaves its faults to `harbor.restore`. */

const leaseMs = 20_000

export const stormControls = (
  open: () => Harbor,
  { kills, seed }: { readonly kills: number; readonly seed: number },
): void => {
  test(`${kills} kills of controls in the middle of deployments (ATOLL_TEST_SEED=${seed})`, async () => {
    const harbor = open()
    const ships = ['brig', 'sloop', 'ketch', 'yawl'].map((app) => buildShip(harbor.platform, app))
    const storm = killControls(harbor.platform, { kills, pauseMs: 2_000, random: randomOf(seed) })
    const isOver = isEnded(storm)
    const sailed = await Promise.all(ships.map((ship) => keepDeploying(ship, isOver)))
    await storm
    expect(sailed.flatMap(({ troubles }) => troubles)).toEqual([])
    for (const { ship, deploys } of sailed) {
      const { numbers, running, versions } = await look(harbor, ship)
      // One more for each whose control died before it had begun: the command asked for it anew.
      expect(numbers).toEqual(upTo(numbers.length))
      expect(running).toEqual([])
      expect(versions).toEqual([String(deploys), String(deploys)])
    }
  })
}

export const pauseControl = (open: () => Harbor): void => {
  test('a control that was paused for three times its lease does no harm when it wakes', async () => {
    const harbor = open()
    const { platform, lab } = harbor
    const { ship, ended, carriedBy } = await setOut(harbor, 'hulk')
    const container = await platform.findContainer(carriedBy, 'control')
    await lab.run(carriedBy, ['docker', 'pause', container])
    const pausedAt = performance.now()
    const other = harbor.managers.find((name) => name !== carriedBy) ?? ''
    const isOver = async () => (await lookAt(harbor.controls.at(harbor.addressOf(other)), ship)).running.length === 0
    await until('another control to finish it', isOver, Boolean)
    ship.write('3')
    const newer = await ship.deploy()
    expect(newer.status, newer.stderr).toBe(0)
    await wait(Math.max(0, pausedAt + 3 * leaseMs - performance.now()))
    await lab.run(carriedBy, ['docker', 'unpause', container])
    const isTold = async () => (await lab.run(carriedBy, ['docker', 'logs', container])).includes('another owner')
    await until('the woken control to learn that it has lost', isTold, Boolean)
    const { status, stderr } = await ended
    expect(status, stderr).toBe(0)
    expect(await look(harbor, ship)).toEqual({ numbers: [1, 2, 3], running: [], versions: ['3', '3'] })
  })
}

export const fillManager = (open: () => Harbor): void => {
  test('a full disk of a manager is named with its path, and nothing is lost', async () => {
    const harbor = open()
    const { lab } = harbor
    const leader = await harbor.findLeader()
    const full = harbor.managers.find((name) => name !== leader) ?? ''
    const placement = { constraints: [`node.hostname==${full}`] }
    // The second task is to be started on a disk that is full by then.
    const { ship, ended } = await setOut(harbor, 'barge', { placement, update_config: { delay: '20s', monitor: '1s' } })
    const isOver = isEnded(ended)
    // The agent there makes room again and again, out of its reserve and what nobody needs.
    for (; !isOver(); await wait(200)) await lab.fill(full)
    const { status, stdout, stderr } = await ended
    expect([4, 5], stderr).toContain(status)
    const told = stdout + stderr
    expect(told).toContain(full)
    expect(told).toMatch(/\/\S+: no space left on device/)
    await lab.free(full)
    await until(
      'the platform to see that there is room',
      () => readFullness(harbor, full),
      (share) => share < 0.9,
    )
    // Its engine may hang for another half minute on what it could not write.
    await until('a deployment to go through', ship.deploy, ({ status }) => status === 0)
    expect((await look(harbor, ship)).versions).toEqual(['2', '2'])
  })
}

export const isolateMinority = (open: () => Harbor): void => {
  test('a minority refuses to change anything, tells what it knows, and comes back by itself', async () => {
    const harbor = open()
    const { platform, lab } = harbor
    const leader = await harbor.findLeader()
    const lonely = harbor.managers.find((name) => name !== leader) ?? ''
    const others = harbor.managers.filter((name) => name !== lonely)
    const ship = buildShip(platform, 'dinghy')
    ship.write('1')
    expect((await ship.deploy()).status).toBe(0)
    await platform.good('status', '--app', 'dinghy')
    for (const other of others) await lab.partition(lonely, other)
    const answered: Answered = {}
    const client = harbor.controls.at(harbor.addressOf(lonely), answered)
    const params = { app: 'dinghy', environment: 'production' }
    ship.write('2')
    const [refusal, seen, deployed] = await Promise.all([
      refuse(harbor, lonely),
      until(
        'what the minority knows',
        () => client.call('getStatus', { params }, AbortSignal.timeout(40_000)),
        () => (answered.ageMs ?? 0) > 0,
      ),
      ship.deploy(),
    ])
    expect(refusal.code).toBe('no-quorum')
    expect(refusal.message).toContain('2 of 3 managers are needed')
    for (const other of others) expect(refusal.hint).toContain(other)
    expect(seen.services.map(({ service }) => service)).toEqual(['web'])
    expect(deployed.status, deployed.stderr).toBe(0)
    await lab.heal(lonely)
    const isBack = async () => {
      const body = { name: 'back', role: 'viewer' as const, expiresInS: 3_600 }
      return (await client.call('createToken', { body }, AbortSignal.timeout(40_000))).name
    }
    expect(await until('the minority to change something again', isBack, Boolean)).toBe('back')
    expect(await lookAgain(harbor, ship)).toEqual({ numbers: [1, 2], running: [], versions: ['2', '2'] })
  })
}

export const cutPower = (open: () => Harbor, which: 'follower' | 'leader'): void => {
  test(`a ${which} loses its power: the deployment finishes`, async () => {
    const harbor = open()
    const leader = await harbor.findLeader()
    const follower = harbor.managers.find((name) => name !== leader) ?? ''
    const { ship, ended } = await setOut(harbor, `raft-${which}`, { placement: { constraints: ['node.role==worker'] } })
    await harbor.lab.kill(which === 'leader' ? leader : follower)
    const { status, stdout, stderr } = await ended
    expect(status, stdout + stderr).toBe(0)
    await harbor.restore()
    expect(await lookAgain(harbor, ship)).toMatchObject({ running: [], versions: ['2', '2'] })
  })
}

export const loseQuorum = (open: () => Harbor): void => {
  test('two of three managers are lost: apps serve, reads are answered, every write says how to go on', async () => {
    const harbor = open()
    const { platform, lab } = harbor
    const file = join(platform.folder, 'lamp.yaml')
    const deploy = { placement: { constraints: ['node.role==worker'] } }
    const write = (version: string) => {
      const ports = [{ target: 8080, published: 8090, mode: 'host' }]
      const settings = { ports, deploy: { ...deploy, update_config: { order: 'stop-first', monitor: '1s' } } }
      writeFileSync(file, JSON.stringify({ name: 'lamp', services: { web: server(lab, version, settings) } }))
    }
    write('1')
    await platform.good('deploy', '-f', file)
    const [left = '', ...lost] = harbor.managers
    const seen = harbor.controls.at(harbor.addressOf(left))
    const params = { app: 'lamp', environment: 'production' }
    expect((await seen.call('getStatus', { params }, AbortSignal.timeout(30_000))).services).toHaveLength(1)
    let isOver = false
    const calls = callOften(`http://${harbor.addressOf('node-4')}:8090/`, () => isOver)
    await Promise.all(lost.map((name) => lab.kill(name)))
    const [refusal, deployed, told] = await Promise.all([
      refuse(harbor, left),
      end(platform.start(['scale', '--app', 'lamp', 'web=1'])),
      platform.atoll('status', '--app', 'lamp'),
    ])
    expect(refusal.code).toBe('no-quorum')
    for (const text of [refusal.hint, deployed.stderr]) {
      for (const name of lost) expect(text).toContain(name)
      expect(text).toContain('atoll recover --engine')
    }
    expect(deployed.status).toBe(1)
    expect(told.status, told.stderr).toBe(0)
    expect(told.stderr).toContain('as of')
    await Promise.all(lost.map((name) => lab.start(name)))
    await harbor.restore()
    isOver = true
    const { answered, failed } = await calls
    expect(answered).toBeGreaterThan(50)
    expect(failed).toBe(0)
    write('2')
    await platform.good('deploy', '-f', file)
  })
}

export const judgeWrites = (open: () => Harbor): void => {
  test('no write that was acknowledged is lost, and one wins of those who write at once', async () => {
    const harbor = open()
    await harbor.restore()
    const violations = await harbor.witness.judge()
    process.stdout.write(`writes: ${countOutcomes(harbor.witness.operations())}\n`)
    expect(violations).toEqual([])
    expect(await harbor.platform.good('audit', 'verify')).toContain('as they were written')
  })
}

const look = async (harbor: Harbor, ship: Ship) => lookAt(harbor.controls.at(harbor.addressOf('node-1')), ship)

/** The same once the first manager is there again, which comes back later than its engine. */
const lookAgain = (harbor: Harbor, ship: Ship) =>
  until('the first manager to answer', () => look(harbor, ship), Boolean)
const upTo = (last: number): number[] => Array.from({ length: last }, (_, before) => before + 1)

/** Deploys one version of an app after the other until it is told to stop. */
async function keepDeploying(ship: Ship, isOver: () => boolean) {
  const troubles: string[] = []
  for (let deploys = 1; ; deploys += 1) {
    ship.write(String(deploys))
    const { status, stdout, stderr } = await ship.deploy()
    if (status !== 0) troubles.push(`${ship.app}, deploy ${deploys}: ${status} ${stdout}${stderr}`)
    if (isOver()) return { ship, deploys, troubles }
  }
}

function isEnded(work: Promise<unknown>): () => boolean {
  let hasEnded = false
  const end = () => {
    hasEnded = true
  }
  work.then(end, end)
  return () => hasEnded
}

/** An app that was deployed once, and a deployment of its next version that is under way. */
async function setOut(harbor: Harbor, app: string, deploy: Readonly<Record<string, unknown>> = {}) {
  const ship = buildShip(harbor.platform, app)
  ship.write('1', deploy)
  const first = await ship.deploy()
  expect(first.status, first.stderr).toBe(0)
  ship.write('2', { update_config: { delay: '3s', monitor: '1s' }, ...deploy })
  const { ended } = ship.start()
  const underWay = await until('the deployment to be under way', () => findRunning(harbor, app), Boolean)
  await until(
    'it to be written down',
    () => look(harbor, ship),
    ({ running }) => running.length > 0,
  )
  return { ship, ended, carriedBy: underWay.split('@')[1] ?? '' }
}

/** Who carries the deployment of an app: `ann@node-1`. */
async function findRunning(harbor: Harbor, app: string): Promise<string> {
  const said = await harbor.platform.good('status', '--app', app, '--json')
  return z.object({ running: z.object({ owner: z.string() }).optional() }).parse(JSON.parse(said)).running?.owner ?? ''
}

/** How full the disk of a node is, as the platform has it: it looks now and then. */
async function readFullness(harbor: Harbor, name: string): Promise<number> {
  const { items } = await harbor.controls
    .at(harbor.addressOf('node-1'))
    .call('listNodes', {}, AbortSignal.timeout(30_000))
  return items.find((node) => node.name === name)?.disk?.usedShare ?? 1
}

/** A change of the cluster that must be refused; what the refusal says. */
async function refuse(harbor: Harbor, node: string): Promise<ApiError> {
  const name = `refused-by-${node}`
  const body = { name, role: 'viewer' as const, expiresInS: 3_600 }
  const signal = AbortSignal.timeout(60_000)
  const asked = harbor.controls.at(harbor.addressOf(node)).call('createToken', { body }, signal)
  const error: unknown = await asked.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  expect(error).toBeInstanceOf(ApiError)
  return error as ApiError
}
