import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ImageClaims, NodeDisk, PruneRequest } from '@atoll/engine'
import { openTestAgent, testSelf } from '../testing.ts'
import type { TestAgent } from '../testing.ts'
import type { DiskWatch } from './watch-disk.ts'

const live = new AbortController().signal
const claims: ImageClaims = { needed: ['a'], repositories: ['shop/web'] }
const disk: NodeDisk = { sizeBytes: 100, freeBytes: 8, usedShare: 0.5, scarce: 'bytes' }
let seen: { disk: NodeDisk; claims: ImageClaims[]; pruned: PruneRequest[] }
let agent: TestAgent

beforeEach(async () => {
  seen = { disk, claims: [], pruned: [] }
  const watch: DiskWatch = {
    read: () => seen.disk,
    claim: (told) => void seen.claims.push(told),
    prune: async (request) => {
      seen.pruned.push(request)
      return { removed: [], left: [] }
    },
  }
  agent = await openTestAgent(undefined, { watch })
})
afterEach(() => agent[Symbol.asyncDispose]())

describe('an agent that looks after its disk', () => {
  it('tells what it sees, and is told what is needed', async () => {
    seen.disk = { ...disk, forecast: { fullAtMs: 7, bytesPerHour: 3 }, reserve: { bytes: 1, isHeld: true } }
    const told = await agent.remote.disk(testSelf.nodeId, live)
    expect(told).toEqual({ ...seen.disk, clockMs: expect.closeTo(Date.now(), -4) })
    await agent.remote.claimImages(testSelf.nodeId, claims, live)
    expect(seen.claims).toEqual([claims])
  })

  it('prunes by what it remembers, and writes that down', async () => {
    await agent.remote.prune({ nodeId: testSelf.nodeId, isDryRun: true, claims }, live)
    expect(agent.log).toEqual([])
    await agent.remote.prune({ nodeId: testSelf.nodeId, isDryRun: false, claims }, live)
    expect(seen.pruned).toMatchObject([{ isDryRun: true, claims }, { isDryRun: false }])
    expect(agent.log).toMatchObject([{ verb: 'prune', outcome: 'done' }])
  })

  it('builds nothing on a disk that is nearly full', async () => {
    const lines: string[] = []
    const request = {
      build: {
        context: 'https://git.test/shop.git',
        dockerfile: 'Dockerfile',
        args: {},
        tags: [],
        labels: {},
        extraHosts: [],
        platforms: [],
        noCache: false,
        isPulling: false,
      },
      reference: 'registry.test/shop/web:production',
      onLine: (line: string) => void lines.push(line),
    }
    expect(await agent.remote.buildImage(request, live)).toContain('@sha256:')
    seen.disk = { ...disk, usedShare: 0.91 }
    const refused = { code: 'refused', retry: false, message: expect.stringContaining('91 % full') }
    await expect(agent.remote.buildImage(request, live)).rejects.toMatchObject(refused)
  })
})
