import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'

test('bash is proposed words, those with spaces so that they stay one', async () => {
  using cli = openTestCli()
  const { stdout } = await cli.run(['completion', 'bash'])
  const asked = `
atoll() { printf '%s\\tmeaning\\n' "asked:$*" 'shop.example.org = /login' shop/production --json; }
COMP_WORDS=(atoll route rm shop) COMP_CWORD=3
_atoll
printf '%s\\n' "\${COMPREPLY[@]}"`
  expect(execFileSync('bash', ['-c', stdout + asked], { encoding: 'utf8', timeout: 30_000 }).split('\n')).toEqual([
    'asked:complete\\ --\\ route\\ rm\\ shop',
    'shop.example.org\\ =\\ /login',
    'shop/production',
    '--json',
    '',
  ])
})
