import { createAuthority, fingerprintOf, issueCertificate } from '@atoll/authority'
import { createInvitation } from '@atoll/control/invitations'
import { openTestControl } from '@atoll/control/testing'
import { expect } from 'vitest'
import type { TestCli } from '../test-cli.ts'

const dayMs = 86_400_000

interface Saying {
  readonly status?: number
  /** What a person at a terminal types, in order. */
  readonly answers?: readonly string[]
}

/** A control over the swarm of the test, to which ann has signed in as its owner with what stands in the file `password`. */
export const openSignedIn = async (cli: TestCli) => {
  const nowMs = Date.now()
  const authority = await createAuthority({ name: 'test', nowMs })
  const names = { names: ['localhost'], addresses: ['127.0.0.1'] }
  const asked = { authority, commonName: 'control', ...names, use: 'server' as const, nowMs, lifeMs: dayMs }
  const { certificatePem, keyPem } = await issueCertificate(asked)
  const fingerprint = fingerprintOf(authority.certificatePem)
  const tls = { key: keyPem, cert: certificatePem + authority.certificatePem }
  const control = await openTestControl(cli.stage, { tls })

  /** Runs a command line, which must end so; what it printed. */
  const say = async (line: string, { status = 0, answers }: Saying = {}): Promise<string> => {
    const typed = answers === undefined ? {} : { answers, isTerminal: true }
    const ended = await cli.run(line.split(' '), { isServed: true, ...typed })
    expect(ended.status, `${line}: ${ended.stderr}`).toBe(status)
    return ended.stdout + ended.stderr
  }
  /** Takes an invitation as this person, in a context of that name. */
  const join = (token: string, name: string): Promise<string> =>
    say(`login ${control.url}/#${token}.${fingerprint} --name ${name} --password-file password --context ${name}`)
  /** Invites with this role, as whoever is signed in, and takes it as this person. */
  const invite = async (grant: string, name: string): Promise<string> => {
    const { link } = JSON.parse(await say(`people invite ${grant} --json`)) as { readonly link: string }
    return join(/#([^.]+)\./.exec(link)?.[1] ?? '', name)
  }

  const { token, document } = createInvitation({ role: 'owner', nowMs: cli.stage.clock.now(), ttlMs: dayMs })
  const { collection, id, value } = document
  await cli.documents.put(collection, id, { expected: 0, value }, cli.stage.signal)
  await join(token, 'ann')
  return { control, fingerprint, say, join, invite, [Symbol.asyncDispose]: () => control[Symbol.asyncDispose]() }
}
