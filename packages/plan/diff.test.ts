import { describe, expect, it } from 'vitest'
import type { Port, Service } from '@atoll/spec'
import { createService, createVolumeMount } from './fixtures.ts'
import { diffServices } from './diff.ts'

const port = (target: number, published: number): Port => ({ target, published, protocol: 'tcp', mode: 'host' })

const tell = (from: Partial<Service>, to: Partial<Service>): readonly string[] =>
  diffServices(createService('web', from), createService('web', to)).map(
    ({ field, from: before, to: after }) => `${field} ${before ?? '(none)'} -> ${after ?? '(none)'}`,
  )

describe('the difference of two services', () => {
  it.each<[Partial<Service>, Partial<Service>, readonly string[]]>([
    [{}, {}, []],
    [{ image: 'a' }, { image: 'b' }, ['image "a" -> "b"']],
    [
      { environment: { A: '1', B: '2' } },
      { environment: { B: '3', C: '4' } },
      ['environment.A "1" -> (none)', 'environment.B "2" -> "3"', 'environment.C (none) -> "4"'],
    ],
    [{ command: ['a'] }, { command: ['a', 'b'] }, ['command ["a"] -> ["a","b"]']],
    [{ command: ['a'] }, {}, ['command ["a"] -> (none)']],
    [
      { ports: [port(80, 80)] },
      { ports: [port(443, 443), port(80, 8080)] },
      [
        'ports.443/tcp (none) -> {"target":443,"published":443,"protocol":"tcp","mode":"host"}',
        'ports.80/tcp.published 80 -> 8080',
      ],
    ],
    [
      { ports: [port(80, 80), port(80, 81)] },
      { ports: [port(80, 80), port(80, 82)] },
      ['ports.80/tcp#2.published 81 -> 82'],
    ],
    [
      { mounts: [createVolumeMount('data')] },
      { mounts: [{ ...createVolumeMount('data'), isReadOnly: true }] },
      ['mounts./data.isReadOnly false -> true'],
    ],
    [
      { mode: { kind: 'replicated', replicas: 2 } },
      { mode: { kind: 'global' } },
      ['mode.kind "replicated" -> "global"', 'mode.replicas 2 -> (none)'],
    ],
    [{ build: { context: '/a' } as Service['build'] & object }, {}, []],
    [
      { resources: { limits: { nanoCpus: 5e8 }, reservations: {} } },
      {},
      ['resources.limits.nanoCpus 500000000 -> (none)'],
    ],
  ])('%#', (from, to, told) => {
    expect(tell(from, to)).toEqual(told)
  })

  it('does not see the order of keys', () => {
    expect(tell({ environment: { A: '1', B: '2' } }, { environment: { B: '2', A: '1' } })).toEqual([])
  })
})
