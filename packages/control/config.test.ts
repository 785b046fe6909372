import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'atoll-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'secret')
writeFileSync(file, 'content')
const variables = { ATOLL_NODE_ID: 'n1', ATOLL_NODE_NAME: 'node-1', ATOLL_AUTHORITY: file, ATOLL_SEALS: file }

test('what is not said has a default, and secrets are the content of their files', () => {
  expect(readConfig(variables)).toEqual({
    socketPath: '/run/atoll/agent.sock',
    healthPath: '/tmp/health.sock',
    port: 8443,
    legoPath: '/usr/bin/lego',
    hasIngress: true,
    node: { id: 'n1', name: 'node-1' },
    names: [],
    addresses: [],
    authority: 'content',
    seals: 'content',
  })
})

test('a registry is there only when it is named', () => {
  expect(readConfig({ ...variables, ATOLL_REGISTRY: 'r:5000' })).toMatchObject({ registry: 'r:5000' })
  expect(readConfig({ ...variables, ATOLL_REGISTRY: '' })).not.toHaveProperty('registry')
})

test('names and addresses are lists', () => {
  const config = readConfig({ ...variables, ATOLL_NAMES: 'a.example, b.example', ATOLL_NODE_ADDRESSES: '10.0.0.1' })
  expect(config).toMatchObject({ names: ['a.example', 'b.example'], addresses: ['10.0.0.1'] })
})

test.each([
  [{ ATOLL_NODE_ID: '' }, 'ATOLL_NODE_ID is not set'],
  [{ ATOLL_PORT: '70000' }, 'ATOLL_PORT is "70000"'],
  [{ ATOLL_SEALS: join(folder, 'none') }, 'ENOENT'],
])('%o is refused', (change, message) => {
  expect(() => readConfig({ ...variables, ...change })).toThrow(message)
})
