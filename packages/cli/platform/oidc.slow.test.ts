import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openTestBrowser, openTestProvider, testClient } from '@atoll/control/testing-oidc'
import { openTestControl } from '@atoll/control/testing'
import { createInvitation } from '@atoll/control/invitations'
import { expect, test, vi } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import { openReturn } from './browser-return.ts'
import { signInByBrowser } from './browser-sign-in.ts'
import { openSignedIn } from './test-signed-in.ts'

vi.setConfig({ testTimeout: 60_000 })

const accounts = {
  a1: { email: 'ann@example.org', email_verified: true, preferred_username: 'ann', groups: ['ops'] },
  b2: { email: 'bob@example.org', email_verified: true, groups: [] },
}

/** A control by HTTP, as the browser of the test knows no authority of ours, with a provider set for it. */
const open = async () => {
  using cli = openTestCli()
  const { stage } = cli
  const control = await openTestControl(stage)
  const provider = await openTestProvider(`${control.url}/v1/oidc/callback`, accounts)
  const { token, document } = createInvitation({ role: 'owner', nowMs: stage.clock.now(), ttlMs: 60_000 })
  const { collection, id, value } = document
  await cli.documents.put(collection, id, { expected: 0, value }, stage.signal)
  const body = { token, name: 'root', password: 'correct horse battery' }
  const session = await control.client().call('acceptInvitation', { body }, stage.signal)
  const grant = { role: 'deployer' as const }
  const settings = {
    ...testClient,
    issuer: provider.issuer,
    url: control.url,
    scopes: ['groups'],
    domains: [],
    mappings: [{ claim: 'groups', value: 'ops', grant }],
    allowsLoopback: true as const,
  }
  const headers = { 'if-match': '"0"' }
  await control.client(session.token).call('changeOidc', { body: settings, headers }, stage.signal)
  const close = async (): Promise<void> => {
    await control[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
  }
  return { control, [Symbol.asyncDispose]: close }
}

/** What signing in needs of a terminal, and what was said there. */
const openTerminal = (answer?: (said: string) => Promise<string>) => {
  const said: string[] = []
  const stderr = { write: (text: string | Uint8Array) => void said.push(String(text)) }
  const askText = async (): Promise<string | undefined> => answer?.(said.join(''))
  const stdin = { isTerminal: true }
  return { said, terminal: { stderr, stdin, askText, signal: AbortSignal.timeout(30_000) } as never }
}

test('a browser of this machine comes back to the command line', async () => {
  await using world = await open()
  const { terminal, said } = openTerminal()
  const seen: Promise<{ readonly text: string }>[] = []
  const openBrowser = (url: string): void => void seen.push(openTestBrowser().visit(url, 'a1'))
  const session = await signInByBrowser(terminal, { client: world.control.client(), openBrowser })
  expect(session.name).toBe('ann')
  expect(session.token).toMatch(/^atoll_s_/)
  expect((await seen[0])?.text).toContain('Go on in the terminal')
  expect(said.join('')).not.toContain(session.token)
})

test('who has no role is told so, in the browser and at the terminal', async () => {
  await using world = await open()
  const { terminal } = openTerminal()
  const seen: Promise<{ readonly text: string }>[] = []
  const openBrowser = (url: string): void => void seen.push(openTestBrowser().visit(url, 'b2'))
  await expect(signInByBrowser(terminal, { client: world.control.client(), openBrowser })).rejects.toMatchObject({
    code: 'oidc-stranger',
    hint: expect.stringContaining('--email') as string,
  })
  expect((await seen[0])?.text).toContain('nobody has given you a role')
})

test('the browser of another machine shows a code, which a person carries over', async () => {
  await using world = await open()
  const { terminal } = openTerminal(async (said) => {
    const url = /https?:\S+/.exec(said)?.[0] ?? ''
    return (await openTestBrowser().visit(url, 'a1')).text.split('\n')[0] ?? ''
  })
  const session = await signInByBrowser(terminal, { client: world.control.client(), openBrowser: undefined })
  expect(session.name).toBe('ann')
})

test('whoever else knocks at the port is not believed, and nobody is waited for without end', async () => {
  const returning = await openReturn('the-state')
  const ask = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${returning.port}${path}`)).status
  expect(await ask('/?code=x&state=another')).toBe(404)
  expect(await ask('/?code=x')).toBe(404)
  await expect(returning.code(AbortSignal.timeout(10))).rejects.toMatchObject({ code: 'timeout' })
  expect(await ask('/?code=right&state=the-state')).toBe(200)
  expect(await returning.code(AbortSignal.timeout(1_000))).toBe('right')
  await returning[Symbol.asyncDispose]()
})

test('an owner sets a provider, looks at it and removes it', async () => {
  using cli = openTestCli({ password: 'correct horse battery' })
  await using world = await openSignedIn(cli)
  const { say, control } = world
  await using provider = await openTestProvider(`${control.url}/v1/oidc/callback`, accounts)
  writeFileSync(join(cli.folder, 'secret'), testClient.clientSecret)
  const set = `oidc set --issuer ${provider.issuer} --client-id atoll`
  expect(await say('oidc show', { status: 1 })).toContain('an owner sets one')
  expect(await say(set, { status: 1 })).toContain('is not HTTPS')
  expect(await say(`${set} --map groups`, { status: 2 })).toContain('claim=value=role')
  const more =
    '--client-secret-file secret --domain example.org --map groups=ops=deployer:shop --session 1h --allow-loopback'
  const shown = await say(`${set} ${more}`)
  expect(shown).toMatch(/groups ops +deployer of shop/)
  expect(shown).toContain(`${control.url}/v1/oidc/callback`)
  expect(shown + (await say('oidc show --json'))).not.toContain(testClient.clientSecret)
  expect(await say(`login --oidc ${control.url}/#atoll_i_x.${world.fingerprint}`, { status: 2 })).toContain('--oidc')
  await say('oidc rm')
  expect(await say(`login --oidc ${control.url}`, { status: 1 })).toContain('no OpenID Connect provider')
})
