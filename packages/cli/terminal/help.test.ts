import { expect, test } from 'vitest'
import { renderDescription, wrapRows } from './help.ts'

test('a row that is too long goes on below its right column, coloured or not', () => {
  const words = 'Manager of the swarm: unix:///path, ssh://host, tcp://host:port; repeat for more'
  const plain = [
    '     [--engine]...  Manager of the swarm: unix:///path, ssh://host,',
    `${' '.repeat(20)}tcp://host:port; repeat for more`,
  ]
  expect(wrapRows(`     [--engine]...  ${words}`).split('\n')).toEqual(plain)
  const coloured = wrapRows(
    `  \u001B[1m\u001B[22m   \u001B[1m[--engine]...\u001B[22m  \u001B[;;3m${words}\u001B[;;;23m`,
  )
  expect(coloured.split('\n')[1]).toBe(`${' '.repeat(20)}tcp://host:port; repeat for more\u001B[;;;23m`)
  expect(wrapRows('  -h  Show this')).toBe('  -h  Show this')
})

test('paragraphs are filled anew, and a command line stays whole with its meaning below', () => {
  const line = `atoll ${'x'.repeat(80)}`
  expect(renderDescription(`One\n${'two '.repeat(20)}three.\n\nFour.`, [[line, 'does it']])).toBe(
    `One ${'two '.repeat(18)}two\ntwo three.\n\nFour.\n\nEXAMPLES\n  ${line}\n      does it`,
  )
})
