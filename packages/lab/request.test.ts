import { describe, expect, test } from 'vitest'
import { parseRequest } from './request.ts'

const home = '/var/lib/atoll-lab'

describe('parseRequest', () => {
  test.each([
    [1, 1],
    [2, 1],
    [3, 3],
    [7, 3],
  ])('%i nodes have %i managers when nobody says', (nodes, managers) => {
    expect(parseRequest({ name: 'dev', nodes }, home)).toMatchObject({ nodes, managers, zones: nodes })
  })

  test.each([
    ['two managers', { name: 'dev', managers: 2 }, 'odd'],
    ['more managers than nodes', { name: 'dev', nodes: 2, managers: 3 }, '1 to 2'],
    ['managers among bare hosts', { name: 'dev', bare: true, managers: 1 }, 'leave --managers out'],
    ['no nodes', { name: 'dev', nodes: 0 }, '1 to 20'],
    ['half a node', { name: 'dev', nodes: 1.5 }, '1 to 20'],
    ['a name with a dot', { name: 'a.b' }, 'a-z'],
    ['a name that leaves the folder', { name: '../etc' }, 'a-z'],
    ['a heartbeat without end', { name: 'dev', heartbeatMs: Number.NaN }, 'heartbeat'],
    ['a disk too small for an engine', { name: 'dev', diskBytes: 1000 }, '256 MiB'],
  ] as const)('%s is refused', (_title, request, words) => {
    expect(() => parseRequest(request, home)).toThrow(
      expect.objectContaining({ code: 'bad-request', message: expect.stringContaining(words) }),
    )
  })

  test('bare hosts are no Swarm, so none of them is a manager', () => {
    expect(parseRequest({ name: 'dev', bare: true, nodes: 2 }, home)).toMatchObject({ kind: 'bare', managers: 0 })
  })

  test('a home whose sockets no program could open is refused', () => {
    expect(() => parseRequest({ name: 'dev' }, `/${'x'.repeat(90)}`)).toThrow('ATOLL_LAB_HOME')
    expect(() => parseRequest({ name: 'dev' }, 'labs')).toThrow('absolute')
  })
})
