import { openStage } from '@atoll/deploy/stage'
import { describe, expect, test } from 'vitest'
import { ensureFirst } from './first-server.ts'
import type { FirstRequest } from './first-server.ts'
import { createTestServer } from './test-server.ts'
import type { TestServer } from './test-server.ts'

interface Person {
  readonly isThere: boolean
  readonly says?: boolean
}

const nobody: Person = { isThere: false }

const run = async (
  given: Parameters<typeof createTestServer>[1],
  request: FirstRequest,
  { isThere, says = false }: Person = nobody,
): Promise<TestServer['state'] & { readonly notes: readonly string[] }> => {
  const { engine, clock, signal } = openStage()
  const server = createTestServer({ world: engine.world, now: () => clock.now() }, given)
  const notes: string[] = []
  const steps = { onStep: () => {}, onLine: () => {}, onNote: (note: string) => void notes.push(note) }
  const stdin = { isTerminal: isThere, readBytes: () => new Uint8Array(), chunks: async function* () {} }
  await ensureFirst({ clock, signal, stdin, confirm: async () => says }, { server, request, steps })
  return { ...server.state, notes }
}

const named: FirstRequest = { login: { destination: 'root@a', isAlone: true }, isSure: false }
const changes = /install|swarm|systemctl|^dd|^mv/

describe('the first server of a cluster', () => {
  test('is made of one with nothing on it, at its private address and away from its network', async () => {
    const { isManager, settings, commands, notes } = await run({}, named)
    expect(isManager).toBe(true)
    expect(JSON.parse(settings)).toMatchObject({ 'log-driver': 'local' })
    expect(commands).toContain('docker swarm init --advertise-addr 10.0.0.4 --default-addr-pool 10.200.0.0/16')
    expect(notes).toEqual(['installed Docker', expect.stringContaining('a cap for logs'), 'started Docker'])
  })

  test('is left as it is where it is a manager already', async () => {
    const { commands } = await run({ isInstalled: true, isRunning: true, nodeId: 'a', isManager: true }, named)
    expect(commands.filter((line) => changes.test(line))).toEqual([])
  })

  test('is at the address that was said', async () => {
    const { commands } = await run({}, { ...named, address: '192.168.7.1' })
    expect(commands.join('\n')).toContain('--advertise-addr 192.168.7.1 ')
  })

  test.each<[string, Parameters<typeof createTestServer>[1], string]>([
    ['a worker of a Swarm', { isInstalled: true, isRunning: true, nodeId: 'a' }, 'it is a node of another Swarm'],
    ['a full disk', { freeBytes: 1e8 }, 'GB free'],
  ])('is refused, and unchanged: %s', async (_, given, said) => {
    await expect(run(given, named)).rejects.toMatchObject({
      code: 'unfit',
      message: expect.stringContaining(said) as string,
    })
  })
})

describe('the server we are on', () => {
  test('is changed when somebody says yes, or said so before', async () => {
    expect(await run({}, { isSure: true })).toMatchObject({ isManager: true })
    expect(await run({}, { isSure: false }, { isThere: true, says: true })).toMatchObject({ isManager: true })
  })

  test('is not, when nobody can be asked or somebody says no', async () => {
    await expect(run({}, { isSure: false })).rejects.toThrow('nobody is here to be asked')
    await expect(run({}, { isSure: false }, { isThere: true })).rejects.toThrow('nothing was changed')
  })
})
