import { describe, expect, test } from 'vitest'
import { InvalidInputError } from '../errors.ts'
import { parseNodes } from './read-nodes-file.ts'

describe('the file of servers', () => {
  test('is a list, in YAML or JSON', () => {
    const entries = [
      { server: 'root@a', zone: 'ams3', role: 'worker', name: 'node-4', address: '10.0.0.4' },
      { server: 'b' },
    ]
    expect(parseNodes(JSON.stringify(entries), 'nodes.json')).toEqual(entries)
    expect(parseNodes('- server: root@a\n  role: manager\n', 'nodes.yaml')).toEqual([
      { server: 'root@a', role: 'manager' },
    ])
  })

  test.each<[string, string, string]>([
    ['server: a', '1:1', ''],
    ['[]', '1:1', ''],
    ['- server: a\n  zone: x y', '2:9', '0.zone'],
    ['- server: a\n- zone: b', '2:3', '1.server'],
    ['- server: a\n  role: boss', '2:9', '0.role'],
    ['- server: a\n  address: here', '2:12', '0.address'],
    ['- server: a\n  manager: true', '1:3', '0'],
    ['- server: [', '1:12', ''],
  ])('that is wrong says where: %j', (text, place, key) => {
    const problems = problemsOf(text)
    expect(problems.map(({ line, column, key: found }) => [`${line}:${column}`, found])).toEqual([[place, key]])
    expect(problems[0]).toMatchObject({ path: 'nodes.yaml', severity: 'error' })
  })
})

const problemsOf = (text: string) => {
  try {
    parseNodes(text, 'nodes.yaml')
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems
  }
  return []
}
