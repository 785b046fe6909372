import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePort } from './short-ports.ts'
import type { CanonicalPort } from './short-ports.ts'

const parse = (short: string | number): readonly string[] | string => {
  const result = parsePort(short)
  if (result.kind === 'error') return result.message
  return result.value.map(
    ({ host_ip: ip, published, target, protocol }: CanonicalPort) =>
      `${ip === undefined ? '' : `${ip} `}${published ?? '?'} > ${target} ${protocol}`,
  )
}

describe('parsePort', () => {
  it.each([
    [80, ['? > 80 tcp']],
    ['80', ['? > 80 tcp']],
    ['80/udp', ['? > 80 udp']],
    ['80/', ['? > 80 tcp']],
    ['8080:80/SCTP', ['8080 > 80 sctp']],
    [':80', ['? > 80 tcp']],
    ['0:80', ['0 > 80 tcp']],
    ['127.0.0.1:8080:80', ['127.0.0.1 8080 > 80 tcp']],
    ['127.0.0.1::80', ['127.0.0.1 ? > 80 tcp']],
    ['[::1]:8080:80', ['::1 8080 > 80 tcp']],
    ['::1:8080:80', ['::1 8080 > 80 tcp']],
    ['[127.0.0.1]:8080:80', ['127.0.0.1 8080 > 80 tcp']],
    ['80-82', ['? > 80 tcp', '? > 81 tcp', '? > 82 tcp']],
    ['8080-8081:80-81/udp', ['8080 > 80 udp', '8081 > 81 udp']],
    ['9-10:9-10', ['10 > 10 tcp', '9 > 9 tcp']],
    ['8000-8010:80', ['8000-8010 > 80 tcp']],
    ['8000-8000:80', ['8000 > 80 tcp']],
  ])('%s', (short, ports) => {
    expect(parse(short)).toEqual(ports)
  })

  it.each([
    ['', 'names no container port'],
    ['8080:', 'names no container port'],
    ['80/icmp', 'protocol'],
    ['80/tcp/udp', 'protocol'],
    ['http', 'container port that is none: "http"'],
    ['65536', 'container port that is none: "65536"'],
    ['82-80', 'container port that is none: "82-80"'],
    ['80-', 'container port'],
    ['-80', 'container port'],
    ['80.5', 'container port'],
    ['x:80', 'published port that is none: "x"'],
    ['localhost:8080:80', 'address that is none: "localhost"'],
    ['[::1:8080:80', 'address'],
    ['8000-8001:80-82', 'range on one of another length'],
  ])('%j is refused', (short, reason) => {
    expect(parse(short)).toEqual(expect.stringContaining(reason))
  })

  it('pairs ranges of one length one to one', () => {
    const port = fc.integer({ min: 1, max: 60_000 })
    fc.assert(
      fc.property(port, port, fc.integer({ min: 1, max: 50 }), (published, target, more) => {
        const result = parsePort(`${published}-${published + more}:${target}-${target + more}`)
        const ports = result.kind === 'ok' ? result.value : []
        expect(ports).toHaveLength(more + 1)
        expect(ports.every((port) => Number(port.published) - port.target === published - target)).toBe(true)
        expect(new Set(ports.map((port) => port.target)).size).toBe(more + 1)
      }),
    )
  })
})
