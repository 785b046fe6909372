import { describe, expect, test } from 'vitest'
import { splitWords } from './shell-words.ts'

test.each([
  ['', []],
  ['  \t ', []],
  ['npm start', ['npm', 'start']],
  ['  a   b\n c ', ['a', 'b', 'c']],
  [`sh -c 'echo "hi"; exit 1'`, ['sh', '-c', 'echo "hi"; exit 1']],
  ['say "it\'s fine"', ['say', "it's fine"]],
  ['a "" b', ['a', '', 'b']],
  [`--x="a b"'c d'e`, ['--x=a bc de']],
  ['a\\ b', ['a b']],
  ['"a\\"b"', ['a"b']],
  [`'a\\b'`, ['a\\b']],
  ['a\\tb\\nc', ['a\tb\nc']],
  ['run && rm -rf /', ['run']],
  ['a;b', ['a']],
  ['a | b', ['a']],
  ['a > out', ['a']],
  ['echo `date +%s` x', ['echo', '`date +%s`', 'x']],
  ['echo $(date +%s) x', ['echo', '$(date +%s)', 'x']],
  ['echo $HOME *.txt', ['echo', '$HOME', '*.txt']],
])('%s', (command, words) => {
  expect(splitWords(command)).toEqual({ kind: 'ok', value: words })
})

describe('what cannot be split', () => {
  test.each([
    [`echo 'open`, "has no closing '"],
    ['echo "open', 'has no closing "'],
    ['echo `open', 'has no closing `'],
    ['echo $(open', 'has no closing )'],
    ['a (b)', 'has a parenthesis outside quotes'],
    ['a \\', 'ends in a backslash'],
  ])('%s', (command, reason) => {
    const result = splitWords(command)
    expect(result.kind === 'error' && result.message).toContain(reason)
  })
})
