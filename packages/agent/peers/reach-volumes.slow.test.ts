import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { EngineError } from '@atoll/engine'
import { openFakeEngine } from '@atoll/engine/fake'
import type { VolumeHost } from '@atoll/engine/swarm'
import { describe, expect, it } from 'vitest'
import type { PeerDoor } from './admit-peer.ts'
import { reachVolumes } from './reach-volumes.ts'
import { openTestPeers } from './testing.ts'

const live = new AbortController().signal
const block = Buffer.alloc(64 * 1024, 7)
const blocks = 1_024

interface Disk {
  readonly host: VolumeHost
  /** Of the last volume that was written. */
  written: { bytes: number; hash: string }
  removed: string[]
  /** Bytes that were read, and the most of them that were not written yet. */
  read: number
  most: number
}

/** A node with the volume `data`, 64 MiB of it. */
const openDisk = (): Disk => {
  const volume = { Name: 'data', Driver: 'local', Labels: { 'atoll.app': 'shop' }, Options: {} }
  const disk: Disk = {
    written: { bytes: 0, hash: '' },
    removed: [],
    read: 0,
    most: 0,
    host: {
      find: async (name) => (name === 'data' ? volume : undefined),
      sizes: async (names) => Object.fromEntries(names.map((name, at) => [name, at])),
      create: async () => undefined,
      remove: async (name, { app }) => {
        if (app !== 'shop') throw new EngineError('refused', `remove volume ${name}: it is not ${app}'s`)
        disk.removed.push(name)
      },
      read: async (name) => {
        if (name === 'none') throw new EngineError('not-found', 'no such volume')
        const tar = Readable.from(
          (function* () {
            for (let at = 0; at < blocks; at++) {
              if (name === 'torn' && at === 3) throw new Error('the disk is gone')
              disk.read += block.length
              disk.most = Math.max(disk.most, disk.read - disk.written.bytes)
              yield block
            }
          })(),
          { objectMode: false },
        )
        return { tar, [Symbol.asyncDispose]: async () => undefined }
      },
      write: async (name, tar) => {
        if (name === 'full') throw new EngineError('refused', 'no space left on device')
        const hash = createHash('sha256')
        disk.written = { bytes: 0, hash: '' }
        for await (const chunk of tar as AsyncIterable<Buffer>) {
          disk.written.bytes += chunk.length
          hash.update(chunk)
        }
        disk.written.hash = hash.digest('hex')
      },
      digest: async () => ({ entries: 1, bytes: 2, hash: 'abc' }),
    },
  }
  return disk
}

const open = async ({ managers = ['node1id'] }: { readonly managers?: readonly string[] } = {}) => {
  const disk = openDisk()
  const door: PeerDoor = { volumes: disk.host, managers: async () => managers }
  const agents = await openTestPeers(openFakeEngine(), { admission: door })
  const [road] = agents.roads
  if (road === undefined) throw new Error('bug: no agents')
  return {
    disk,
    agents,
    volumes: reachVolumes(road, agents.other.nodeId),
    [Symbol.asyncDispose]: () => agents[Symbol.asyncDispose](),
  }
}

describe('volumes of another node', () => {
  it('are found, sized, made, compared and removed', async () => {
    await using peers = await open()
    expect(await peers.volumes.find('data', live)).toMatchObject({ Name: 'data', Labels: { 'atoll.app': 'shop' } })
    expect(await peers.volumes.find('other', live)).toBeUndefined()
    expect(await peers.volumes.sizes(['a', 'b'], live)).toEqual({ a: 0, b: 1 })
    expect(await peers.volumes.digest('data', live)).toEqual({ entries: 1, bytes: 2, hash: 'abc' })
    await peers.volumes.remove('data', { app: 'shop' }, live)
    expect(peers.disk.removed).toEqual(['data'])
    await expect(peers.volumes.remove('data', { app: 'else' }, live)).rejects.toMatchObject({ code: 'refused' })
    expect(peers.disk.removed).toEqual(['data'])
  })

  it('are copied whole, and little of them is held', async () => {
    await using peers = await open()
    await using opened = await peers.volumes.read('data', live)
    await peers.volumes.write('data', opened.tar, live)
    const whole = createHash('sha256')
    for (let at = 0; at < blocks; at++) whole.update(block)
    expect(peers.disk.written).toEqual({ bytes: blocks * block.length, hash: whole.digest('hex') })
    expect(peers.disk.most).toBeLessThan(24 * 1024 * 1024)
  }, 60_000)

  it('that break off in the middle are never taken for whole', async () => {
    await using peers = await open()
    await using opened = await peers.volumes.read('torn', live)
    await expect(buffer(opened.tar)).rejects.toThrow(/aborted|closed|hang up|reset/i)
  })

  it('say why they are not read or written', async () => {
    await using peers = await open()
    await expect(peers.volumes.read('none', live)).rejects.toMatchObject({ code: 'not-found' })
    const tar = Readable.from([block, block], { objectMode: false })
    await expect(peers.volumes.write('full', tar, live)).rejects.toMatchObject({
      message: expect.stringContaining('no space'),
    })
  })

  it.each(['atoll_system_run', 'atoll_system_reserve'])('that are the platform’s own are refused: %s', async (name) => {
    await using peers = await open()
    const refused = { code: 'refused' }
    await expect(peers.volumes.read(name, live)).rejects.toMatchObject(refused)
    await expect(peers.volumes.remove(name, { app: 'shop' }, live)).rejects.toMatchObject(refused)
    await expect(peers.volumes.write(name, Readable.from([block]), live)).rejects.toMatchObject(refused)
    expect(peers.disk).toMatchObject({ removed: [], written: { bytes: 0 } })
  })

  it('are made with no path of the node in them', async () => {
    await using peers = await open()
    const Options = { type: 'none', o: 'bind', device: '/' }
    const bind = { Name: 'data', Driver: 'local', Labels: {}, Options }
    await expect(peers.volumes.create(bind, live)).rejects.toMatchObject({ code: 'refused' })
  })
})

describe('an agent', () => {
  it('that is no manager’s is refused, whatever it asks', async () => {
    await using peers = await open({ managers: ['node3id'] })
    const refused = { code: 'refused', message: expect.stringContaining('no manager') }
    await expect(peers.volumes.find('data', live)).rejects.toMatchObject(refused)
    await expect(peers.agents.remote.usage(peers.agents.other.nodeId, live)).rejects.toMatchObject(refused)
  })
})
