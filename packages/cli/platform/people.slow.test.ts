import { URI } from 'otpauth'
import type { TOTP } from 'otpauth'
import { expect, test, vi } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import { openSignedIn } from './test-signed-in.ts'

vi.setConfig({ testTimeout: 60_000 })

const password = 'correct horse battery'
const newPassword = 'another horse entirely'

test('people come, are given roles and go, and the audit says who did it', async () => {
  using cli = openTestCli({ password })
  await using world = await openSignedIn(cli)
  const { say, invite } = world
  await invite('viewer', 'bob')
  expect(await say('people ls', { status: 1 })).toContain('bob is not maintainer')
  await say('context use ann')
  expect(await say('people role bob maintainer --also viewer:shop')).toContain('maintainer')
  expect(await say('people ls')).toMatch(/bob +maintainer/)
  expect(await say('people role ann viewer', { status: 1 })).toContain('ann is the last owner')
  expect(await say('allow backup')).toContain('backup may do what every app may')
  expect(await say('allow backup --host-path /srv --docker-socket')).toMatch(/host paths +\/srv\nDocker socket +yes/)
  expect(await say('allow backup --nothing --docker-socket', { status: 2 })).toContain('say one of the two')
  expect(await say('allow atoll --docker-socket', { status: 1 })).toContain('the platform itself')
  expect(await say('allow backup --docker-socket --context bob', { status: 1 })).toContain('bob is not owner')
  expect(await cli.documents.find('allowance', 'backup', cli.stage.signal)).toMatchObject({
    value: { hostPaths: ['/srv'], dockerSocket: true },
  })
  await say('people rm bob --yes')
  expect(await say('people rm bob --yes', { status: 1 })).toContain('there is no person bob')
  expect(await say('ls --context bob', { status: 1 })).toContain('nobody is signed in')
  expect(await say('audit verify')).toMatch(/^all \d+ entries are as they were written\n/)
})

test('somebody changes the password, turns one-time passwords on and off, and is helped by an owner', async () => {
  using cli = openTestCli({ password, other: newPassword })
  await using world = await openSignedIn(cli)
  const { control, say, invite } = world
  await invite('viewer', 'bob')
  const login = (answers: readonly string[], status = 0): Promise<string> =>
    say(`login ${control.url} --name bob --context bob`, { answers, status })
  const codes = new Map<string, TOTP>()
  const code = (): string => codes.get('bob')?.generate({ timestamp: cli.stage.clock.now() }) ?? ''

  expect(await say('people password', { status: 2 })).toContain('--password-file')
  expect(await say('people password', { answers: [password, newPassword, 'no', newPassword, newPassword] })).toMatch(
    /differ[\s\S]*is changed|is changed[\s\S]*differ/,
  )
  await login([newPassword])
  expect(await say('people totp status')).toBe('off\n')
  const { uri } = JSON.parse(await say('people totp on --password-file other --json')) as { readonly uri: string }
  codes.set('bob', URI.parse(uri) as TOTP)
  expect(await say('people totp on --code 000000', { status: 1 })).toContain('not the code of this moment')
  const shown = (await say(`people totp on --code ${code()}`)).split('\n')
  expect(await say('people totp status')).toContain('10 recovery codes')
  await cli.stage.pass(61_000)
  expect(await say(`login ${control.url} --name bob --password-file other`, { status: 2 })).toContain('--code')
  await login([newPassword, code()])
  await say(`login ${control.url} --name bob --password-file other --code ${shown[0]} --context bob`)
  expect(await login([newPassword, shown[0] ?? ''], 1)).toContain('wrong')
  await cli.stage.pass(61_000)
  await say('people totp off', { answers: [shown[1] ?? ''] })

  const drawn = await say('people totp on', { answers: [newPassword], status: 2 })
  expect(drawn).toMatch(/[▀▄█]{10}/)
  await say('context use ann')
  const { link } = JSON.parse(await say('people reset bob --json')) as { readonly link: string }
  await say(`login ${link} --password-file password --context bob`)
  expect(await say(`login ${link} --password-file password`, { status: 1 })).toContain('ask an owner')
  expect(await say('people totp off bob --context ann')).toContain('bob signs in by password alone')
  expect(await say('people totp off bob --code 1 --context ann', { status: 2 })).toContain('--code')
  await login([password])
})

test('an invitation is listed and taken back', async () => {
  using cli = openTestCli({ password })
  await using world = await openSignedIn(cli)
  const { say } = world
  const { link } = JSON.parse(await say('people invite viewer --json')) as { readonly link: string }
  await say('people invite deployer --email Bob@Example.org')
  expect(await say('people invitations ls')).toMatch(/deployer +bob@example.org +ann/)
  const listed = JSON.parse(await say('people invitations ls --json')) as readonly { id: string; email?: string }[]
  const id = listed.find(({ email }) => email === undefined)?.id
  expect(await say(`people invitations rm ${id}`)).toContain('taken back')
  expect(await say(`people invitations rm ${id}`, { status: 1 })).toContain('there is no invitation')
  expect(await say(`login ${link} --name eve --password-file password`, { status: 1 })).toContain('invitation')
})

test('a team deploys its own apps and no others', async () => {
  const compose = (app: string): string => JSON.stringify({ name: app, services: { web: { image: 'web:1' } } })
  using cli = openTestCli({ password, 'shop.yaml': compose('shop'), 'wiki.yaml': compose('wiki') })
  await using world = await openSignedIn(cli)
  const { say, invite } = world
  expect(await say('people invite deployer@web', { status: 1 })).toContain('there is no team web')
  expect(await say('team ls')).toContain('no team')
  await say('team create web')
  await invite('deployer@web', 'bob')
  expect(await say('plan -f wiki.yaml', { status: 1 })).toContain('bob is not deployer of app wiki')
  expect(await say('team app add web shop')).toBe('app shop is in team web\n')
  expect(await say('plan -f shop.yaml', { status: 3 })).toContain('web')
  expect(await say('complete team app add w')).toContain('web')
  expect(await say('team app rm web shop', { status: 1 })).toContain('bob is not owner of team web')
  await say('context use ann')
  await say('team add web ann owner')
  expect(await say('team ls')).toMatch(/web +shop +ann \(owner\), bob \(deployer\)/)
  expect(await say('people ls')).toMatch(/bob +deployer of team web/)
  await say('team remove web bob')
  expect(await say('plan -f shop.yaml --context bob', { status: 1 })).toContain('bob is not deployer')
  expect(await say('team rm web', { status: 1 })).toContain('has apps: shop')
  await say('team app rm web shop')
  await say('team rm web')
  expect(await say('team add web bob wizard', { status: 2 })).toContain('is no role')
})
