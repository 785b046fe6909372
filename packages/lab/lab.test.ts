import { describe, expect, test } from 'vitest'
import { describeLab } from './lab.ts'
import type { LabRecord } from './lab.ts'
import { findLabName } from './names.ts'

const record: LabRecord = {
  name: 'dev',
  kind: 'swarm',
  phase: 'up',
  subnetIndex: 7,
  registryPort: 5003,
  nodes: 20,
  managers: 3,
  zones: 2,
  heartbeatMs: 5000,
  diskBytes: 4 * 1024 ** 3,
}

describe('describeLab', () => {
  const lab = describeLab(record, '/var/lib/atoll-lab')

  test('addresses and registry follow from the record', () => {
    expect(lab).toMatchObject({ subnet: '10.231.7.0/24', gateway: '10.231.7.1', registry: '127.0.0.1:5003' })
    expect(lab.nodes[0]).toMatchObject({
      name: 'node-1',
      address: '10.231.7.11',
      mac: '02:a7:0a:e7:07:0b',
      socket: '/var/lib/atoll-lab/dev/node-1/docker.sock',
    })
  })

  test('the first nodes are the managers, zones are dealt in turn', () => {
    expect(lab.nodes.filter((node) => node.isManager).map((node) => node.name)).toEqual(['node-1', 'node-2', 'node-3'])
    expect(lab.nodes.slice(0, 4).map((node) => node.zone)).toEqual(['a', 'b', 'a', 'b'])
  })

  test('hosts of a bare lab are reached by ssh, and keep everything on their own disk', () => {
    const [node] = describeLab({ ...record, kind: 'bare', managers: 0 }, '/var/lib/atoll-lab').nodes
    expect(node).toMatchObject({ isManager: false, zone: 'a', disk: '/' })
    expect(node?.ssh).toEqual({
      user: 'root',
      address: '10.231.7.11',
      port: 22,
      identityFile: '/var/lib/atoll-lab/dev/ssh/id_ed25519',
      knownHostsFile: '/var/lib/atoll-lab/dev/ssh/known_hosts',
    })
    expect(lab.nodes[0]?.ssh).toBeUndefined()
  })

  test('no link name is longer than the kernel allows', () => {
    for (const node of lab.nodes) expect(node.link.length).toBeLessThanOrEqual(15)
  })

  test('labs of one name in two homes share no mark', () => {
    const other = describeLab(record, '/srv/labs')
    expect(other.tag).not.toBe(lab.tag)
    expect(other.bridge).not.toBe(lab.bridge)
    expect(findLabName('/var/lib/atoll-lab', lab.tag)).toBe('dev')
    expect(findLabName('/srv/labs', lab.tag)).toBeUndefined()
  })
})
