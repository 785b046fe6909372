import { describe, expect, test } from 'vitest'
import { mapModel } from './sample-project.ts'
import type { ContentRead } from './files.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const files: Readonly<Record<string, ContentRead>> = {
  '/p/tls.key': { kind: 'bytes', bytes: Uint8Array.from([0, 255, 1]) },
  '/p/folder': { kind: 'folder' },
  '/p/huge': { kind: 'too-large', bytes: 9 },
  '/p/locked': { kind: 'unreadable', reason: 'permission denied' },
  '/p/big': { kind: 'bytes', bytes: new Uint8Array(500 * 1024 + 1) },
}
const readContent = (path: string): ContentRead => files[path] ?? { kind: 'absent' }

const map = (configs: object, secrets: object = {}) => {
  const use = (section: object) => Object.keys(section).map((source) => ({ source }))
  return mapModel(
    {
      services: { web: { image: 'a', configs: use(configs), secrets: use(secrets) } },
      configs: configs as never,
      secrets: secrets as never,
    },
    { readContent },
  )
}

describe('configs and secrets', () => {
  test('a config carries its content, a secret does not', () => {
    const { app, secrets, problems } = map(
      { motd: { content: 'hello', labels: { a: '1' }, template_driver: 'golang' } },
      { key: { file: '/p/tls.key' }, token: { environment: 'TOKEN', name: 'shop_token' } },
    )
    expect(problems).toEqual([])
    expect(app.configs).toEqual([
      {
        name: 'motd',
        engineName: expect.stringMatching(/^shop_production_motd_[0-9a-f]{10}$/),
        isExternal: false,
        labels: { a: '1' },
        templateDriver: 'golang',
        dataBase64: 'aGVsbG8=',
      },
    ])
    expect(JSON.stringify(app)).not.toContain('geheim')
    const [key, token] = app.secrets
    expect(secrets).toEqual({
      [key?.engineName ?? '']: Uint8Array.from([0, 255, 1]),
      [token?.engineName ?? '']: bytes('geheim'),
    })
  })

  test('another content is another name, and so another service', () => {
    const nameOf = (content: string, more: object = {}) => {
      const { app } = map({ motd: { content, ...more } })
      expect(app.services[0]?.configs[0]?.engineName).toBe(app.configs[0]?.engineName)
      return app.configs[0]?.engineName
    }
    expect(nameOf('a')).toBe(nameOf('a'))
    expect(new Set([nameOf('a'), nameOf('b'), nameOf('a', { template_driver: 'golang' })]).size).toBe(3)
  })

  test('an external one has its own name and no content', () => {
    const { app } = map({ theirs: { external: true }, named: { external: true, name: 'x' } })
    expect(app.configs.map(({ engineName, isExternal, dataBase64 }) => [engineName, isExternal, dataBase64])).toEqual([
      ['x', true, undefined],
      ['theirs', true, undefined],
    ])
  })

  test.each([
    [{ file: '/p/none' }, 'configs.c.file', 'read /p/none: there is no such file'],
    [{ file: '/p/folder' }, 'configs.c.file', 'read /p/folder: it is a folder'],
    [{ file: '/p/huge' }, 'configs.c.file', 'read /p/huge: it has 9 bytes'],
    [{ file: '/p/locked' }, 'configs.c.file', 'read /p/locked: permission denied'],
    [{ file: '/p/big' }, 'configs.c', 'holds 512001 bytes; Swarm keeps 500 KB at most'],
    [{ environment: 'NOBODY' }, 'configs.c.environment', 'the variable NOBODY is not set'],
    [{}, 'configs.c', 'nothing says what it holds'],
    [{ content: '', driver: 'vault' }, 'configs.c.driver', 'secret drivers are not supported'],
  ])('%j is refused', (config, key, message) => {
    const { problems } = map({ c: config })
    expect(problems.map((problem) => [problem.severity, problem.key, problem.message])).toEqual([
      ['error', key, message],
    ])
  })
})

describe('how a service sees them', () => {
  const reference = (section: 'configs' | 'secrets', entry: object, written: readonly string[]) => {
    const { app } = mapModel(
      {
        services: { web: { image: 'a', [section]: [entry as never] } },
        [section]: { one: { content: 'x' } },
      },
      { written },
    )
    const found = app.services[0]?.[section][0]
    return found && [found.target, found.uid, found.gid, found.mode]
  }

  test.each([
    ['configs', { source: 'one' }, ['one', '0', '0', 0o444]],
    ['configs', { source: 'one', target: '/etc/x', uid: '5', gid: '6', mode: '0440' }, ['/etc/x', '5', '6', 0o440]],
    ['configs', { source: 'one', mode: 288 }, ['one', '0', '0', 0o440]],
    ['secrets', { source: 'one', target: '/etc/key' }, ['/etc/key', '0', '0', 0o444]],
  ] as const)('%s %j', (section, entry, expected) => {
    expect(reference(section, entry, [`services.web.${section}[0].target`])).toEqual(expected)
  })

  test('a secret whose file names no path is found by its name', () => {
    const filledIn = { source: 'one', target: '/run/secrets/one' }
    expect(reference('secrets', filledIn, [])?.[0]).toBe('one')
    expect(reference('secrets', filledIn, ['services.web.secrets[0].target'])?.[0]).toBe('/run/secrets/one')
  })
})
