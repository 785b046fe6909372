import { describe, expect, test } from 'vitest'
import { readServerFile } from '@atoll/server/declared'
import type { ServerFile } from '@atoll/server/declared'
import { findTargets, listAddresses } from './find-targets.ts'

const fileOf = (text: string): ServerFile => {
  const read = readServerFile('server.yaml', text)
  if (read.kind === 'refused') throw new Error(JSON.stringify(read.problems))
  return read.file
}

const known = [
  { name: 'node-1', address: '10.0.0.1', labels: { role: 'db' } },
  { name: 'node-2', address: '10.0.0.2', labels: {} },
]

const targetsOf = (text: string, names: readonly string[] = [], nodes = known) =>
  findTargets({ file: fileOf(text), folder: '/work' }, nodes, names)

describe('which servers are meant', () => {
  test('every node of the cluster, as root at its address, with what its labels give', () => {
    const targets = targetsOf('all: {packages: {a1: present}}\nroles: {role=db: {packages: {b1: present}}}')
    expect(targets).toEqual([
      {
        node: 'node-1',
        address: '10.0.0.1',
        login: { destination: 'root@10.0.0.1', isAlone: true },
        settings: { packages: { a1: 'present', b1: 'present' } },
      },
      {
        node: 'node-2',
        address: '10.0.0.2',
        login: { destination: 'root@10.0.0.2', isAlone: true },
        settings: { packages: { a1: 'present' } },
      },
    ])
  })

  test('those the file lists, and no other; the cluster tells their labels and addresses', () => {
    const text = `
ssh: {identity: keys/id, port: 2222}
nodes:
  node-1:
  node-9: {ssh: {destination: root@db.example.org, identity: /other/id}, address: 10.0.0.9, labels: {role: web}}
roles: {role=web: {swap: {size: 1G}}, role=db: {swap: "off"}}`
    expect(targetsOf(text)).toEqual([
      {
        node: 'node-1',
        address: '10.0.0.1',
        login: { destination: 'root@10.0.0.1', isAlone: true, port: 2222, identity: '/work/keys/id' },
        settings: expect.objectContaining({ swap: 'off' }) as unknown,
      },
      {
        node: 'node-9',
        address: '10.0.0.9',
        login: { destination: 'root@db.example.org', isAlone: true, port: 2222, identity: '/other/id' },
        settings: expect.objectContaining({ swap: { size: '1G' } }) as unknown,
      },
    ])
  })

  test('without a cluster the address is that of the login', () => {
    const [first, second] = targetsOf('nodes: {a: {ssh: root@203.0.113.7}, b: {ssh: web}}', [], [])
    expect([first?.address, second?.address]).toEqual(['203.0.113.7', undefined])
  })

  test('every address is known to firewalls, also of servers that are not meant this time', () => {
    const text = 'nodes: {node-9: {ssh: root@203.0.113.7}, node-1: {}}'
    const read = { file: fileOf(text), folder: '/work' }
    expect(listAddresses(read, known)).toEqual(['10.0.0.1', '10.0.0.2', '203.0.113.7'])
    expect(listAddresses({ file: fileOf('{}'), folder: '/work' }, [])).toEqual([])
  })

  test('the ones that are named', () => {
    expect(targetsOf('{}', ['node-2']).map(({ node }) => node)).toEqual(['node-2'])
    expect(() => targetsOf('{}', ['node-7', 'node-1'])).toThrow('node-7: no such node is listed')
    expect(() => targetsOf('{}', [], [])).toThrow('there is no server to apply to')
  })
})
