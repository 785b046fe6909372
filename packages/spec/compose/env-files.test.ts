import { describe, expect, test } from 'vitest'
import { loadService, renderProblems } from './load-texts.ts'
import type { Texts } from './load-texts.ts'

const texts = (yaml: string, files: Texts): Texts => ({
  'compose.yaml': `services:\n  web:\n    image: x\n    ${yaml}`,
  ...files,
})
const environment = (yaml: string, files: Texts, variables: Readonly<Record<string, string>> = {}): unknown =>
  loadService(texts(yaml, files), 'web', { variables })['environment']
const problems = (yaml: string, files: Texts): readonly string[] => renderProblems(texts(yaml, files))

describe('env files', () => {
  test.each<[string, string, Texts, object]>([
    ['a later one wins', 'env_file: [a, b]', { a: 'A=1\nB=1', b: 'B=2' }, { A: '1', B: '2' }],
    ['a later one knows the earlier', 'env_file: [a, b]', { a: 'A=1', b: 'B=$A$A' }, { A: '1', B: '11' }],
    [
      'a variable from outside wins over one of a file',
      'env_file: a',
      { a: 'OUT=x\nB=$OUT' },
      { OUT: 'x', B: 'outer' },
    ],
    ['one that need not be there', 'env_file: [a, {path: none, required: false}]', { a: 'A=1' }, { A: '1' }],
    [
      'a raw one, as it stands',
      'env_file: [{path: a, format: raw}]',
      { a: '# note\n\n  A="$B" # c\r\nOUT\nNONE\nC=' },
      { A: '"$B" # c', OUT: 'outer', C: '' },
    ],
  ])('%s', (_, yaml, files, expected) => {
    expect(environment(yaml, files, { OUT: 'outer' })).toEqual(expected)
  })

  test.each<[string, string, Texts, string]>([
    ['one that is not there', 'env_file: none', {}, 'the env file none does not exist'],
    ['a quote without an end', 'env_file: a', { a: 'A=1\nB="x' }, 'a:2:1'],
    ['no name in a raw one', 'env_file: [{path: a, format: raw}]', { a: 'A=1\nB C=2' }, 'a:2:1 : "B C" is not a name'],
    [
      'more than the limit over all files',
      'env_file: [a, b]',
      { a: `A=${'x'.repeat(600_000)}`, b: `B=${'x'.repeat(600_000)}` },
      'with b the env files read have more than 1048576 characters',
    ],
    [
      'more variables than a project may have values',
      'env_file: a',
      { a: Array.from({ length: 100_001 }, (_, index) => `A${index}=`).join('\n') },
      'with a the files have more than 100000 values',
    ],
  ])('are refused: %s', (_, yaml, files, problem) => {
    expect(problems(yaml, files).join('\n')).toContain(problem)
  })
})
