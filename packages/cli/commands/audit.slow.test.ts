import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openSignedIn } from '../platform/test-signed-in.ts'
import { openTestCli } from '../test-cli.ts'

vi.setConfig({ testTimeout: 60_000 })

test('the audit is narrowed, exported, and checked here, in the cluster and in a file', async () => {
  using cli = openTestCli({ password: 'correct horse battery' })
  await using world = await openSignedIn(cli)
  const { say } = world
  await say('allow backup --host-path /srv')
  await say('allow shop --host-path /srv')
  await say('token rm gone', { status: 1 })
  const of = async (words: string): Promise<readonly string[]> =>
    (JSON.parse(await say(`audit --json ${words}`)) as { readonly action: string; readonly subject: string }[]).map(
      ({ action, subject }) => `${action} ${subject}`,
    )
  expect(await of('--app backup')).toEqual(['changeAllowance backup'])
  expect(await of('--person ann --limit 2')).toEqual(['removeToken gone', 'changeAllowance shop'])
  expect(await of('--since 1h --limit 500')).toContain('acceptInvitation ann')
  expect(await say('audit')).toMatch(/removeToken +gone +not-found/)
  expect(await say('audit --since gestern', { status: 2 })).toContain('is no time')
  expect(await say('audit --limit 0', { status: 2 })).toContain('no number of entries')
  expect(await say('audit export x', { status: 2 })).toContain('a file is only for verify')
  expect(await say('audit erase', { status: 2 })).toContain('export and verify')

  const exported = await say('audit export')
  cli.write('audit.jsonl', exported)
  const file = join(cli.folder, 'audit.jsonl')
  const count = exported.trim().split('\n').length
  expect(await say(`audit verify ${file}`)).toContain(`all ${count} entries are as they were written`)
  cli.write('audit.jsonl', readFileSync(file, 'utf8').replace('backup', 'backdoor'))
  expect(await say(`audit verify ${file}`, { status: 1 })).toMatch(/entry \d+ is not what was written/)
  cli.write('audit.jsonl', 'no entry\n')
  expect(await say(`audit verify ${file}`, { status: 1 })).toContain('line 1 is no entry of an audit')
})
