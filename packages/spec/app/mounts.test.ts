import { describe, expect, test } from 'vitest'
import { mapService } from './sample-project.ts'

const volumes = {
  data: {},
  shared: { driver_opts: { type: 'nfs', o: 'addr=10.0.0.1', device: ':/x' } },
  old: { external: true },
}

describe('mounts', () => {
  test('every kind, sorted by target', () => {
    const { service, said } = mapService(
      {
        volumes: [
          { type: 'volume', source: 'data', target: '/data/', volume: { nocopy: true } },
          {
            type: 'bind',
            source: '/var/run/docker.sock',
            target: '/a',
            read_only: true,
            bind: { propagation: 'rslave' },
          },
          { type: 'tmpfs', target: '/t', tmpfs: { size: '1048576', mode: 0o700 } },
        ],
        tmpfs: ['/run', '/tmp:rw,noexec,size=64m,mode=1777'],
        shm_size: '67108864',
      },
      { volumes },
    )
    expect(said).toEqual([])
    expect(service.mounts).toEqual([
      { kind: 'bind', source: '/var/run/docker.sock', target: '/a', isReadOnly: true, propagation: 'rslave' },
      {
        kind: 'volume',
        volume: 'data',
        definition: expect.objectContaining({ engineName: 'shop_production_data' }),
        target: '/data/',
        isReadOnly: false,
        noCopy: true,
      },
      { kind: 'tmpfs', target: '/dev/shm', isReadOnly: false, sizeBytes: 67_108_864, mode: 0o1777 },
      { kind: 'tmpfs', target: '/run', isReadOnly: false },
      { kind: 'tmpfs', target: '/t', isReadOnly: false, sizeBytes: 1_048_576, mode: 0o700 },
      { kind: 'tmpfs', target: '/tmp', isReadOnly: false, sizeBytes: 67_108_864, mode: 0o1777 },
    ])
  })

  test('a path of the node is told, for somebody must put it there', () => {
    const { said } = mapService({ volumes: [{ type: 'bind', source: '/srv/x', target: '/x' }] })
    expect(said).toEqual([
      'warning volumes[0]: /srv/x must be on every node that may run this; the engine does not create it',
    ])
  })

  test('one path is mounted once', () => {
    const { said } = mapService({ volumes: [{ type: 'tmpfs', target: '/run/' }], tmpfs: ['/run'] })
    expect(said).toEqual(['error tmpfs: /run is mounted twice'])
  })

  test.each([
    [
      { volumes: [{ type: 'cluster', source: 'x', target: '/x' }] },
      'error volumes[0]: mounts of type cluster are not supported',
    ],
    [
      { volumes: [{ type: 'volume', source: 'nobody', target: '/x' }] },
      'error volumes[0]: volume nobody is not defined',
    ],
    [
      { volumes: [{ type: 'volume', target: '/x' }] },
      'warning volumes[0]: an anonymous volume begins empty with each task',
    ],
    [{ tmpfs: ['/x:exec'] }, 'error tmpfs: Swarm cannot mount a tmpfs with exec'],
    [{ tmpfs: ['/x:uid=1'] }, "warning tmpfs: Swarm's tmpfs has no option uid"],
  ])('%j is reported', (service, said) => {
    expect(mapService(service).said).toEqual([said])
  })
})

describe('several tasks on one volume', () => {
  const mount = (source: string, read_only = false) => ({
    volumes: [{ type: 'volume', source, target: '/d', read_only }],
  })
  const said = (service: object, deploy: object) => mapService({ ...service, deploy } as never, { volumes }).said

  test('are refused where each node has its own', () => {
    expect(said(mount('data'), { replicas: 3 })).toEqual([
      'error volumes[0]: 3 tasks would write the volume data, which is on one node',
    ])
  })

  test.each([
    ['one task', mount('data'), { replicas: 1 }],
    ['readers', mount('data', true), { replicas: 3 }],
    ['a volume over the network', mount('shared'), { replicas: 3 }],
    ['one task per node', mount('data'), { mode: 'global' }],
  ])('%s may', (_, service, deploy) => {
    expect(said(service, deploy)).toEqual([])
  })

  test('are told of when the volume is not of this app', () => {
    expect(said(mount('old'), { replicas: 2 })[0]).toMatch(/^warning volumes\[0\]: 2 tasks/)
  })
})
