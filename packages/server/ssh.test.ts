import { describe, expect, test } from 'vitest'
import { explainSsh } from './explain-ssh.ts'
import { quoteForShell, sshArgv } from './open-ssh.ts'
import { requireRoot } from './require-root.ts'

describe('what ssh is told', () => {
  test('of a person who is there', () => {
    const argv = sshArgv({ destination: 'root@a', isAlone: false }, '/run/s')
    expect(argv.slice(-2)).toEqual(['--', 'root@a'])
    expect(argv).not.toContain('BatchMode=yes')
    expect(argv).not.toContain('-F')
    expect(argv).toContain('ControlPath=/run/s')
  })

  test('of a program, with a key, a configuration and a port', () => {
    const login = { destination: 'a', isAlone: true, identity: '/k', configFile: '/c', port: 2222 }
    expect(sshArgv(login, '/run/s').join(' ')).toMatch(
      /-F \/c .*BatchMode=yes .*IdentitiesOnly=yes -p 2222 -i \/k -- a$/,
    )
  })
})

test.each([
  ['plain', "'plain'"],
  ["it's", String.raw`'it'\''s'`],
  ['$(reboot); `id` "a" \\', `'$(reboot); \`id\` "a" \\'`],
])('%s reaches the program as it is', (word, quoted) => expect(quoteForShell(word)).toBe(quoted))

test.each([
  ['root@a: Permission denied (publickey,password).', 'not-let-in', 'ssh-copy-id'],
  ['root@a: Permission denied (publickey).', 'not-let-in', 'PermitRootLogin prohibit-password'],
  ['root@a: Permission denied (password,keyboard-interactive).', 'not-let-in', 'PubkeyAuthentication yes'],
  ['@@@\nWARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nHost key verification failed.', 'host-key', 'ssh-keygen -R'],
  ['No ED25519 host key is known for a and you have requested strict checking.', 'host-key', 'log in once by hand'],
  ['Received disconnect from a: Too many authentication failures', 'not-let-in', '--identity'],
  ['ssh: Could not resolve hostname nowhere: Name or service not known', 'unreachable', 'spelling'],
  ['ssh: connect to host a port 22: Connection refused', 'unreachable', 'sshd'],
  ['ssh: connect to host a port 22: Connection timed out', 'unreachable', 'firewall'],
  ['kex_exchange_identification: Connection reset', 'unreachable', 'by hand'],
])('%s', (said, code, hint) => {
  const error = explainSsh('root@a', `${said}\n`)
  expect(error).toMatchObject({ code, hint: expect.stringContaining(hint) as string })
  expect(error.message).toMatch(/^root@a: /)
})

test('who is not root is told how to become it', () => {
  const ran = { status: 0, stdout: '1000\n', stderr: '' }
  expect(() => requireRoot('ann@a', ran)).toThrow('ann@a: that is user 1000 there, not root')
  expect(() => requireRoot('ann@a', { status: 1, stdout: '', stderr: 'no shell' })).toThrow(
    'ended with status 1: no shell',
  )
  expect(() => requireRoot('root@a', { ...ran, stdout: '0\n' })).not.toThrow()
  const hint = expect.stringContaining('/root/.ssh/authorized_keys') as string
  expect(catchError(() => requireRoot('ann@a', ran))).toMatchObject({ code: 'not-root', hint })
})

test('a login that only says who logs in instead is told as it says it', () => {
  const stdout = 'Please login as the user "ubuntu" rather than the user "root".\n\n'
  const message =
    'root@a: "id -u" ended with status 142: Please login as the user "ubuntu" rather than the user "root".'
  const hint = expect.stringContaining('no "command=" before the key') as string
  const error = catchError(() => requireRoot('root@a', { status: 142, stdout, stderr: '' }))
  expect(error).toMatchObject({ message, hint })
})

const catchError = (work: () => void): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}
