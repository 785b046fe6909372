import { expect, test } from 'vitest'
import { openTestCli } from './test-cli.ts'

const propose = async (words: readonly string[], files = {}): Promise<readonly string[]> => {
  using cli = openTestCli(files)
  const { stdout } = await cli.run(['complete', '--', ...words])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0] ?? '')
}

test('commands by their beginning', async () => expect(await propose(['rest'])).toEqual(['restart', 'restore']))
test('commands of a group', async () => expect(await propose(['volume', ''])).toContain('move'))
test('flags', async () => expect(await propose(['config', '--for'])).toEqual(['--format']))
test('values of a flag', async () =>
  expect(await propose(['config', '--format', ''])).toEqual(['yaml', 'json', 'swarm']))
test('services of the compose file', async () => {
  const files = { 'compose.yaml': 'services:\n  web: {image: a}\n  api: {image: b}\n' }
  expect(await propose(['logs', 'w'], files)).toEqual(['web'])
  expect(await propose(['restart', ''], files)).toEqual(['web', 'api'])
})
test('nodes of the cluster', async () => {
  expect(await propose(['prune', '--node', ''])).toEqual(['node-1', 'node-2', 'node-3'])
  expect(await propose(['volume', 'move', 'data', '--to', 'node-2'])).toEqual(['node-2'])
})
test('flags when there is nothing else', async () => expect(await propose(['ls', ''])).toContain('--json'))
test('nothing for words that lead nowhere', async () => expect(await propose(['nonsense', ''])).toEqual([]))
