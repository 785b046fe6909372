import { describe, expect, test } from 'vitest'
import { loadModel, renderProblems } from '../load-texts.ts'
import { composeFile } from './compose-file.ts'

type Sample = readonly [right: string, model: unknown, wrong: string]

const samples: Readonly<Record<string, Readonly<Record<string, Sample>>>> = {
  networks: {
    attachable: ['true', true, 'x'],
    driver: ['overlay', 'overlay', '1'],
    driver_opts: ['{a: 1}', { a: '1' }, '[a]'],
    enable_ipv4: ['false', false, '3'],
    enable_ipv6: ['true', true, '3'],
    external: ['true', true, 'x'],
    internal: ['"true"', true, '[]'],
    ipam: [
      '{driver: default, config: [{subnet: 10.0.0.0/16, aux_addresses: {a: 10.0.0.2}}]}',
      { driver: 'default', config: [{ subnet: '10.0.0.0/16', aux_addresses: { a: '10.0.0.2' } }] },
      '{configs: []}',
    ],
    labels: ['[a=1]', { a: '1' }, '1'],
    name: ['real', 'real', '1'],
  },
  volumes: {
    driver: ['local', 'local', '1'],
    driver_opts: ['{type: nfs}', { type: 'nfs' }, 'nfs'],
    external: ['true', true, 'x'],
    labels: ['{a: 1}', { a: '1' }, '1'],
    name: ['real', 'real', '[]'],
  },
  configs: {
    content: ['"a b"', 'a b', '1'],
    environment: ['C', 'C', '1'],
    external: ['true', true, 'x'],
    file: ['./c', '/project/c', '1'],
    labels: ['{a: 1}', { a: '1' }, '1'],
    name: ['real', 'real', '1'],
    template_driver: ['golang', 'golang', '1'],
  },
  secrets: {
    driver: ['vault', 'vault', '1'],
    driver_opts: ['{a: 1}', { a: '1' }, '1'],
    environment: ['S', 'S', '1'],
    external: ['true', true, 'x'],
    file: ['/s', '/s', '1'],
    labels: ['{a: 1}', { a: '1' }, '1'],
    name: ['real', 'real', '1'],
    template_driver: ['golang', 'golang', '1'],
  },
}

/** Configs and secrets must say what they hold; a file does where the key under test does not. */
const render = (section: string, key: string, value: string): string => {
  const isFile = section === 'configs' || section === 'secrets'
  const saysAll = ['content', 'environment', 'external', 'file'].includes(key)
  return `services: {}\n${section}:\n  a:\n    ${key}: ${value}\n${isFile && !saysAll ? '    file: /f\n' : ''}`
}

const rows = Object.entries(samples).flatMap(([section, keys]) =>
  Object.entries(keys).map(([key, sample]) => [section, key, sample] as const),
)

describe.each(rows)('%s.*.%s', (section, key, [right, expected, wrong]) => {
  test('is read', () => {
    const model = loadModel(render(section, key, right)) as unknown as Record<
      string,
      Record<string, Record<string, unknown>>
    >
    expect(model[section]?.['a']?.[key]).toEqual(expected)
  })

  test('is refused when it is wrong, where it stands', () => {
    expect(renderProblems(render(section, key, wrong))[0]).toMatch(
      new RegExp(`^compose\\.yaml:4:\\d+ ${section}\\.a\\.${key}`),
    )
  })
})

test('every section is known', () => {
  const known = [...Object.keys(samples), 'services', 'include', 'models', 'name', 'version', 'x-atoll']
  expect(Object.keys(composeFile.fields).sort()).toEqual(known.sort())
})

test.each([
  ['models: {a: {}}', 'models.a: lacks the key model'],
  ['models: {a: {model: m, context_size: large}}', 'models.a.context_size: must be a whole number'],
  ['name: [a]', 'name: must be one value, not a list'],
  ['other: 1', 'other: unknown key other'],
])('%s is refused', (yaml, problem) => {
  expect(renderProblems(`services: {}\n${yaml}`).join('\n')).toContain(problem)
})
