import { mkdtemp, readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askEngine } from './engine-client.ts'
import type { Lab } from './lab.ts'
import { getLayer } from './images/layer.ts'
import { findMounts } from './mounts.ts'
import { removeTree } from './remove-tree.ts'
import {
  awaitNobodyAt,
  createTestContext as context,
  expectNothingNew,
  findProcesses,
  findPrograms,
  killUp,
  readMachine,
} from './test-machine.ts'
import { openTestLab } from './testing.ts'
import type { TestLab } from './testing.ts'
import { downLab } from './verbs/down.ts'
import { observeLab } from './verbs/status.ts'
import type { NodeStatus } from './verbs/status.ts'
import { upLab } from './verbs/up.ts'
import { waitUntil } from './wait-until.ts'

/** Whether packages are unpacked below a folder: mmdebstrap makes the root in one of its own there. */
const findBegun = async (work: string): Promise<boolean> => {
  const names = await readdir(work).catch(() => [])
  const found = names.map((name) => stat(`${work}/${name}/var/lib/dpkg`).catch(() => undefined))
  return (await Promise.all(found)).some((each) => each !== undefined)
}

const countNodes = async (lab: Lab): Promise<number> => {
  const nodes = await askEngine(lab.nodes[0]!.socket, { path: '/nodes' })
  return Array.isArray(nodes) ? nodes.length : 0
}

describe('labs beside each other', () => {
  test('come up at the same time, share nothing, and leave nothing', async () => {
    const before = await readMachine()
    const [left, right] = await Promise.all([
      upLab({ name: 'test-left', nodes: 1 }, context()),
      upLab({ name: 'test-right', nodes: 2 }, context()),
    ])
    expect(new Set([left.subnet, right.subnet, left.registry, right.registry]).size).toBe(4)
    expect([await countNodes(left), await countNodes(right)]).toEqual([1, 2])
    // Images are the same, so their digests are; only the registry in front differs.
    expect(left.images?.node.split('@')[1]).toBe(right.images?.node.split('@')[1])
    expect((await downLab('test-left', context())).remaining).toEqual([])
    expect(await countNodes(right)).toBe(2)
    expect((await downLab('test-right', context())).remaining).toEqual([])
    await expectNothingNew(before, 'test-(left|right)')
  })

  test('a second up finds the first one as it is, and refuses another shape', async () => {
    const lab = await upLab({ name: 'test-twice', nodes: 1 }, context())
    const again = await upLab({ name: 'test-twice', nodes: 1 }, context())
    expect(again).toEqual(lab)
    await expect(upLab({ name: 'test-twice', nodes: 2 }, context())).rejects.toMatchObject({ code: 'lab-differs' })
    await downLab('test-twice', context())
  })
})

describe('an interrupted up', () => {
  test.each([200, 600, 1000, 1800, 3000])('SIGKILLed after %i ms goes away without a trace', async (afterMs) => {
    const before = await readMachine()
    await killUp({ name: 'test-broken', nodes: 2 }, afterMs)
    expect((await downLab('test-broken', context())).remaining).toEqual([])
    await expectNothingNew(before, 'test-broken')
  })

  test('that was SIGKILLed while it built an image leaves no process and no mount, and the next builds it anew', async () => {
    const before = await readMachine()
    const cache = await mkdtemp(join(tmpdir(), 'atoll-lab-'))
    const work = `${cache}/images/unfinished`
    const begun = () =>
      waitUntil(async () => ((await findBegun(work)) ? true : undefined), {
        what: 'the image to be begun',
        timeoutMs: 150_000,
      })
    await killUp({ name: 'test-broken', nodes: 1 }, begun, { ...process.env, ATOLL_LAB_CACHE: cache })
    await awaitNobodyAt(cache)
    expect(await findMounts(cache)).toEqual([])
    expect(await findBegun(work)).toBe(true)
    const build = async (tarFile: string) => writeFile(tarFile, 'a layer')
    await getLayer({ key: 'x', cache: `${cache}/images`, signal: context().signal, build })
    expect(await findBegun(work)).toBe(false)
    expect((await downLab('test-broken', context())).remaining).toEqual([])
    await removeTree(cache)
    await expectNothingNew(before, 'test-broken')
  })

  test('is brought to its end by the next one', async () => {
    await killUp({ name: 'test-broken', nodes: 2 }, 900)
    const lab = await upLab({ name: 'test-broken', nodes: 2 }, context())
    expect(await countNodes(lab)).toBe(2)
    expect((await downLab('test-broken', context())).remaining).toEqual([])
  })
})

describe('faults', () => {
  let lab: TestLab
  beforeAll(async () => {
    lab = await openTestLab({ name: 'faults', nodes: 3 })
  })
  afterAll(() => lab.down())

  const observe = async (name: string): Promise<NodeStatus> => {
    const { nodes } = await observeLab(lab.lab)
    return nodes.find((node) => node.name === name)!
  }
  const awaitState = (name: string, state: string) =>
    waitUntil(async () => ((await observe(name)).state === state ? true : undefined), {
      what: `${name} to be ${state}`,
      timeoutMs: 150_000,
      everyMs: 200,
    })
  const reaches = (from: string, address: string): Promise<boolean> =>
    lab.run(from, ['curl', '--silent', '--max-time', '2', `http://${address}:2377`]).then(
      () => true,
      // Whatever curl makes of it, 7 and 28 mean that nobody answered in time.
      (error: Error) => !/status (7|28)\b|exit code (7|28)\b/.test(String(error.cause)),
    )
  const writeMark = (name: string, text: string) =>
    lab.run(name, ['bash', '-c', `echo ${text} > ${lab.nodes.find((node) => node.name === name)!.disk}/mark`])
  const readMark = (name: string) =>
    lab.run(name, ['cat', `${lab.nodes.find((node) => node.name === name)!.disk}/mark`])

  test('every node pulls from the registry by digest, by the same name', async () => {
    for (const node of lab.nodes) {
      const said = await lab.run(node.name, ['docker', 'pull', '--quiet', lab.images.base])
      expect(said).toContain(lab.images.base)
    }
  })

  test('kill: everything of the node is gone at once; start: it returns with its disk and its place', async () => {
    await writeMark('node-3', 'kept')
    const before = await askEngine(lab.nodes[2]!.socket, { path: '/info' })
    await lab.kill('node-3')
    expect((await observe('node-3')).power).toBe('off')
    expect(await findProcesses('test-faults[^/]*/node-3')).toEqual([])
    await awaitState('node-3', 'down')
    await lab.start('node-3')
    await awaitState('node-3', 'ready')
    expect(await readMark('node-3')).toBe('kept')
    expect(await askEngine(lab.nodes[2]!.socket, { path: '/info' })).toMatchObject({
      Swarm: { NodeID: (before as { Swarm: { NodeID: string } }).Swarm.NodeID },
    })
  })

  test('cut: nobody reaches the node, but its console; heal: they do again', async () => {
    const { address } = lab.nodes[1]!
    expect(await reaches('node-1', address)).toBe(true)
    await lab.cut('node-2')
    expect(await reaches('node-1', address)).toBe(false)
    expect((await observe('node-2')).power).toBe('on')
    await lab.heal('node-2')
    expect(await reaches('node-1', address)).toBe(true)
    await lab.restore()
  })

  test('partition: two nodes lose each other, the third keeps both', async () => {
    const [one, two, three] = lab.nodes
    await lab.partition('node-1', 'node-2')
    expect(await reaches('node-1', two!.address)).toBe(false)
    expect(await reaches('node-2', one!.address)).toBe(false)
    expect(await reaches('node-3', one!.address)).toBe(true)
    expect(await reaches('node-2', three!.address)).toBe(true)
    await lab.heal('node-1')
    expect(await reaches('node-2', one!.address)).toBe(true)
    expect(await reaches('node-1', two!.address)).toBe(true)
    await lab.restore()
  })

  test('pause: the engine stops answering; resume: the same engine goes on', async () => {
    const ask = () => askEngine(lab.nodes[2]!.socket, { path: '/_ping', timeoutMs: 1000 }).catch(() => 'silent')
    const engines = await findPrograms('test-faults[^/]*/node-3', ['dockerd', 'containerd'])
    expect(engines).toHaveLength(2)
    await lab.pause('node-3')
    expect((await observe('node-3')).power).toBe('paused')
    expect(await ask()).toBe('silent')
    await lab.resume('node-3')
    expect((await observe('node-3')).power).toBe('on')
    expect(await findPrograms('test-faults[^/]*/node-3', ['dockerd', 'containerd'])).toEqual(engines)
    await lab.restore()
  })

  test('a paused node dies of a power cut too', async () => {
    await lab.pause('node-3')
    await lab.kill('node-3')
    expect((await observe('node-3')).power).toBe('off')
    await lab.restore()
    expect((await observe('node-3')).power).toBe('on')
  })

  test('fill: no byte can be written; free: it can again', async () => {
    await lab.fill('node-2')
    await expect(writeMark('node-2', 'late')).rejects.toMatchObject({ code: 'command-failed' })
    await lab.free('node-2')
    await writeMark('node-2', 'again')
    expect(await readMark('node-2')).toBe('again')
  })

  test('crash: the engine alone is gone, and start brings it back', async () => {
    await lab.crashEngine('node-3')
    expect((await observe('node-3')).power).toBe('crashed')
    await lab.start('node-3')
    expect((await observe('node-3')).power).toBe('on')
    await lab.restore()
  })
})
