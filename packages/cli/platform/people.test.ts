import { createAuthority, fingerprintOf, issueCertificate } from '@atoll/authority'
import { createInvitation } from '@atoll/control/invitations'
import { openTestControl } from '@atoll/control/testing'
import { expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'

const dayMs = 86_400_000

test('people come, are given roles and go, and the audit says who did it', async () => {
  using cli = openTestCli({ password: 'correct horse battery' })
  const nowMs = Date.now()
  const authority = await createAuthority({ name: 'test', nowMs })
  const names = { names: ['localhost'], addresses: ['127.0.0.1'] }
  const asked = { authority, commonName: 'control', ...names, use: 'server' as const, nowMs, lifeMs: dayMs }
  const { certificatePem, keyPem } = await issueCertificate(asked)
  const tls = { key: keyPem, cert: certificatePem + authority.certificatePem }
  await using control = await openTestControl(cli.stage, { tls })
  const { token, document } = createInvitation({ role: 'owner', nowMs: cli.stage.clock.now(), ttlMs: dayMs })
  const { collection, id, value } = document
  await cli.documents.put(collection, id, { expected: 0, value }, cli.stage.signal)

  const say = async (line: string, status = 0): Promise<string> => {
    const ended = await cli.run(line.split(' '), { isServed: true })
    expect(ended.status, `${line}: ${ended.stderr}`).toBe(status)
    return ended.stdout + ended.stderr
  }
  const login = (link: string, name: string) =>
    say(
      `login ${control.url}/#${link}.${fingerprintOf(authority.certificatePem)} --name ${name} --password-file password --context ${name}`,
    )

  await login(token, 'ann')
  const invited = JSON.parse(await say('people invite viewer --json')) as { link: string }
  await login(/#([^.]+)\./.exec(invited.link)?.[1] ?? '', 'bob')
  expect(await say('people ls', 1)).toContain('bob is not maintainer')
  await say('context use ann')
  expect(await say('people role bob maintainer --also viewer:shop')).toContain('maintainer')
  expect(await say('people ls')).toMatch(/bob +maintainer/)
  expect(await say('people role ann viewer', 1)).toContain('ann is the last owner')
  expect(await say('allow backup')).toContain('backup may do what every app may')
  expect(await say('allow backup --host-path /srv --docker-socket')).toMatch(/host paths +\/srv\nDocker socket +yes/)
  expect(await say('allow backup --nothing --docker-socket', 2)).toContain('say one of the two')
  expect(await say('allow atoll --docker-socket', 1)).toContain('the platform itself')
  expect(await say('allow backup --docker-socket --context bob', 1)).toContain('bob is not owner')
  expect(await cli.documents.find('allowance', 'backup', cli.stage.signal)).toMatchObject({
    value: { hostPaths: ['/srv'], dockerSocket: true },
  })
  await say('people rm bob --yes')
  expect(await say('people rm bob --yes', 1)).toContain('there is no person bob')
  expect(await say('ls --context bob', 1)).toContain('nobody is signed in')
  expect(await say('audit verify')).toBe('all 6 entries are as they were written\n')
})
