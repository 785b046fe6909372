import { describe, expect, test } from 'vitest'
import { mapModel, mapService } from './sample-project.ts'

const port = { mode: 'ingress', target: 80, published: '8080', protocol: 'tcp' }

describe('ports', () => {
  test('are published on the node, sorted, once each', () => {
    const { service } = mapService({ ports: [{ target: 443, protocol: 'udp', mode: 'ingress' }, port, port] })
    expect(service.ports).toEqual([
      { target: 80, published: 8080, protocol: 'tcp', mode: 'host' },
      { target: 443, protocol: 'udp', mode: 'host' },
    ])
  })

  test('go through the routing mesh only when a person wrote so', () => {
    const { app } = mapModel(
      { services: { web: { image: 'a', ports: [port] } } },
      { written: ['services.web.ports[0].mode'] },
    )
    expect(app.services[0]?.ports[0]?.mode).toBe('ingress')
  })

  test.each([
    [
      { ...port, host_ip: '127.0.0.1' },
      'error ports[0].host_ip: the port would be open on every address of the node, not on 127.0.0.1 alone',
    ],
    [{ ...port, published: '8000-8010' }, 'error ports[0].published: 8000-8010 is more than one port for one target'],
    [{ ...port, protocol: 'icmp' }, 'error ports[0].protocol: the protocol icmp cannot be published'],
    [{ published: '1' }, 'error ports[0]: says no target port'],
  ])('%j is refused', (entry, said) => {
    expect(mapService({ ports: [entry] }).said).toEqual([said])
  })

  test.each(['0.0.0.0', '::', ''])('the address %j is every address', (host_ip) => {
    expect(mapService({ ports: [{ ...port, host_ip }] }).said).toEqual([])
  })
})
