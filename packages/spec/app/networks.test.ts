import { describe, expect, test } from 'vitest'
import { mapModel, mapService } from './sample-project.ts'

const networkOf = (network: object) => {
  const { app, said } = mapService({ networks: { back: null } }, { networks: { back: network as never } })
  return { network: app.networks[0], said }
}

describe('networks', () => {
  test('are overlays that may be joined, with what the file says', () => {
    const { network, said } = networkOf({
      name: 'shop_back',
      internal: true,
      driver_opts: { encrypted: 'true' },
      labels: { a: '1' },
      ipam: { config: [{ subnet: '10.1.0.0/24', gateway: '10.1.0.1', ip_range: '10.1.0.0/25' }] },
    })
    expect(said).toEqual([])
    expect(network).toEqual({
      name: 'back',
      engineName: 'shop_production_back',
      isExternal: false,
      driver: 'overlay',
      driverOptions: { encrypted: 'true' },
      isAttachable: true,
      isInternal: true,
      labels: { a: '1' },
      ipam: { subnets: [{ subnet: '10.1.0.0/24', gateway: '10.1.0.1', ipRange: '10.1.0.0/25' }] },
    })
  })

  test('keep a name of their own', () => {
    expect(networkOf({ name: 'proxy' }).network?.engineName).toBe('proxy')
    expect(networkOf({ name: 'proxy', external: true }).network).toMatchObject({
      engineName: 'proxy',
      isExternal: true,
    })
    expect(networkOf({ external: true }).network?.engineName).toBe('back')
  })

  test('a bridge means the default; its options have no meaning', () => {
    const { network, said } = networkOf({ driver: 'bridge', driver_opts: { 'com.docker.network.bridge.name': 'br0' } })
    expect(network).toMatchObject({ driver: 'overlay', driverOptions: {} })
    expect(said.map((line) => line.split(':')[0])).toEqual([
      'warning networks.back.driver',
      'warning networks.back.driver_opts.com.docker.network.bridge.name',
    ])
  })

  test.each([
    [{ driver: 'macvlan' }, 'error networks.back.driver: networks of driver macvlan are not made'],
    [{ external: true, name: 'host' }, "error networks.back: the node's own network host cannot be joined"],
  ])('%j is refused', (network, said) => {
    expect(networkOf(network).said).toEqual([said])
  })

  test.each(['host', 'none', 'service:db', 'container:x'])(
    'network_mode %s is refused, and the default is joined',
    (mode) => {
      const { service, said } = mapService({ network_mode: mode })
      expect(said).toHaveLength(1)
      expect(said[0]).toMatch(/^error network_mode: /)
      expect(service.networks.map(({ network }) => network)).toEqual(['default'])
    },
  )

  test('network_mode bridge is the default', () => {
    expect(mapService({ network_mode: 'bridge' }).said).toEqual([])
  })
})

describe('names by which a service is found', () => {
  test('aliases, links of others and the container name, but not in networks of others', () => {
    const { app, problems } = mapModel({
      services: {
        db: { image: 'a', container_name: 'shop-db', networks: { back: { aliases: ['store'] }, proxy: null } },
        web: { image: 'b', links: ['db:database', 'db'], networks: { back: null } },
      },
      networks: { back: {}, proxy: { external: true } },
    })
    expect(problems.map(({ severity, key }) => `${severity} ${key}`)).toEqual(['warning services.db.container_name'])
    expect(app.services[0]?.networks.map(({ network, aliases }) => [network, aliases])).toEqual([
      ['back', ['database', 'shop-db', 'store']],
      ['proxy', []],
    ])
  })
})
