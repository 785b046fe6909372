import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseVolume } from './short-volumes.ts'

describe('parseVolume', () => {
  it.each([
    ['/data', { type: 'volume', target: '/data', volume: {} }],
    ['data:/data', { type: 'volume', source: 'data', target: '/data', volume: {} }],
    ['data:/data:rw', { type: 'volume', source: 'data', target: '/data', volume: {} }],
    [
      'data:/data:ro,nocopy',
      { type: 'volume', source: 'data', target: '/data', read_only: true, volume: { nocopy: true } },
    ],
    ['./a:/b', { type: 'bind', source: './a', target: '/b', bind: {} }],
    ['../a:/b', { type: 'bind', source: '../a', target: '/b', bind: {} }],
    ['~/a:/b', { type: 'bind', source: '~/a', target: '/b', bind: {} }],
    ['/a:/b:ro,z', { type: 'bind', source: '/a', target: '/b', read_only: true, bind: { selinux: 'z' } }],
    ['/a:/b:Z,rslave', { type: 'bind', source: '/a', target: '/b', bind: { selinux: 'Z', propagation: 'rslave' } }],
    ['/a:/b:nocopy', { type: 'bind', source: '/a', target: '/b', bind: {}, volume: { nocopy: true } }],
    ['/a:/b:ro,rw', { type: 'bind', source: '/a', target: '/b', bind: {} }],
    [
      'data:/b:z',
      { type: 'volume', source: 'data', target: '/b', bind: { selinux: 'z', create_host_path: false }, volume: {} },
    ],
    ['data:/b:whatever', { type: 'volume', source: 'data', target: '/b', volume: {} }],
    ['C:\\a:D:\\b:ro', { type: 'bind', source: 'C:\\a', target: 'D:\\b', read_only: true, bind: {} }],
    ['c:/a', { type: 'volume', target: 'c:/a', volume: {} }],
    ['data:d:', { type: 'volume', source: 'data', target: 'd:', volume: {} }],
    ['\\\\.\\pipe\\a:\\\\.\\pipe\\b', { type: 'bind', source: '\\\\.\\pipe\\a', target: '\\\\.\\pipe\\b', bind: {} }],
    ['a${B:-:}:/c', { type: 'volume', source: 'a${B:-:}', target: '/c', volume: {} }],
    ['.', { type: 'volume', target: '.' }],
    ['rw', { type: 'volume', target: 'rw' }],
    ['é', { type: 'volume', target: 'é' }],
    ['éé', { type: 'volume', target: 'éé', volume: {} }],
  ])('%s', (short, volume) => {
    expect(parseVolume(short)).toEqual({ kind: 'ok', value: volume })
  })

  it.each([
    ['', 'is empty'],
    [':/b', 'empty section'],
    ['/a::ro', 'empty section'],
    ['/a:/b:', 'empty section'],
    ['/aa:/bb:ro:rw', 'too many colons'],
  ])('%j is refused', (short, reason) => {
    expect(parseVolume(short)).toMatchObject({ kind: 'error', message: expect.stringContaining(reason) })
  })

  it('keeps every path that has no colon', () => {
    const path = fc.stringMatching(/^\/[a-z0-9._ -]{2,20}$/)
    fc.assert(
      fc.property(path, path, fc.boolean(), (source, target, isReadOnly) => {
        const result = parseVolume(`${source}:${target}${isReadOnly ? ':ro' : ''}`)
        expect(result).toMatchObject({ kind: 'ok', value: { type: 'bind', source, target } })
        expect(result.kind === 'ok' && result.value.read_only === true).toBe(isReadOnly)
      }),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(':', '/', 'a', '$', '{', '}', ',', '\\', 'é') }), (text) => {
        expect(['ok', 'error']).toContain(parseVolume(text).kind)
      }),
    )
  })
})
