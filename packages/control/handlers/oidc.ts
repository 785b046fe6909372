import { createHash, randomBytes } from 'node:crypto'
import { appendAudit } from '../audit/audit.ts'
import { admitPerson } from '../auth/oidc/admit-person.ts'
import { callbackOf, openProvider } from '../auth/oidc/provider.ts'
import type { Provider } from '../auth/oidc/provider.ts'
import { collections } from '../auth/oidc/records.ts'
import type { CodeRecord, OidcRecord } from '../auth/oidc/records.ts'
import { openClientSecret, openFlow, sealFlow } from '../auth/oidc/seals.ts'
import type { Flow } from '../auth/oidc/seals.ts'
import { getSettings } from '../auth/oidc/settings.ts'
import { getPerson } from '../auth/people.ts'
import { createSecret, isSameHash, parseSecret } from '../auth/secrets.ts'
import { openSession } from '../auth/sessions.ts'
import type { Control } from '../control.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Handler, Handlers, Page } from './handler.ts'

const randomText = (): string => randomBytes(32).toString('base64url')

interface Way {
  readonly provider: Provider
  readonly settings: OidcRecord
}

const openWay = async (control: Control, signal: AbortSignal): Promise<Way> => {
  const { value } = await getSettings(control, signal)
  return { settings: value, provider: await openProvider(value, openClientSecret(control.seals, value)) }
}

/** The cookie belongs to the browser, and any control can open it: nothing is kept here. */
const startOidc: Handler<'startOidc'> = async (control, { query, address, signal }) => {
  control.limiter.take(`address ${address}`, limits.attemptsPerAddress)
  const { provider } = await openWay(control, signal)
  const { challenge, port, state: programState } = query
  const flow: Flow = {
    state: randomText(),
    nonce: randomText(),
    pkce: randomText(),
    challenge,
    ...(port === undefined ? {} : { port }),
    ...(programState === undefined ? {} : { programState }),
    expiresAtMs: control.clock.now() + limits.oidcFlowMs,
  }
  const attributes = `Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${limits.oidcFlowMs / 1000}`
  const cookie = `${cookieName}=${sealFlow(control.seals, flow)}; ${attributes}`
  return { kind: 'redirect', location: await provider.authorizationUrl(flow), cookie }
}

const cookieName = '__Host-atoll-oidc'
const noCookie = `${cookieName}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`

/** Whatever goes wrong is told to who waits for it: the program, or the person in front of the browser. */
const finishOidc: Handler<'finishOidc'> = async (control, { query, address, header, signal }) => {
  control.limiter.take(`address ${address}`, limits.attemptsPerAddress)
  const flow = readFlow(control, { cookie: header('cookie'), state: query.state })
  try {
    const code = await prove(control, { flow, query, address }, signal)
    return hand(flow, { code })
  } catch (error) {
    if (!(error instanceof ControlError)) throw error
    control.log({ event: 'sign-in by OpenID Connect refused', code: error.code, error: error.message })
    return hand(flow, { error: error.code, message: error.message, hint: error.hint ?? '' })
  }
}

/** ControlError `oidc-flow`: another browser, too late, or not begun here. */
const readFlow = (
  { seals, clock }: Control,
  { cookie = '', state }: { readonly cookie: string | undefined; readonly state: string | undefined },
): Flow => {
  const sealed = /(?:^|;\s*)__Host-atoll-oidc=([\w-]+)/.exec(cookie)?.[1]
  const flow = sealed === undefined ? undefined : openFlow(seals, sealed)
  if (flow !== undefined && flow.state === state && flow.expiresAtMs > clock.now()) return flow
  throw new ControlError('oidc-flow', 'this sign-in was not begun in this browser, or too long ago', {
    status: 400,
    hint: 'begin again with "atoll login --oidc"',
  })
}

interface Proof {
  readonly flow: Flow
  readonly query: Readonly<Record<string, unknown>>
  readonly address: string
}

/** The code that a program signs in with once it is proved to be the one that began. */
const prove = async (control: Control, { flow, query, address }: Proof, signal: AbortSignal): Promise<string> => {
  const { provider, settings } = await openWay(control, signal)
  const callback = new URL(callbackOf(settings.url))
  for (const [key, value] of Object.entries(query)) callback.searchParams.append(key, String(value))
  const claims = await provider.readClaims(callback, flow)
  const { name, person, grants, by } = await admitPerson(control, { claims, settings }, signal)
  if (by !== undefined) {
    const after = { grants: person.grants, by, issuer: claims.issuer }
    await appendAudit(control, { by: name, action: 'joinByOidc', subject: name, address, after }, signal)
  }
  await forgetOldCodes(control, signal)
  const { secret, id, hash } = createSecret('code')
  const value: CodeRecord = {
    hash,
    person: name,
    personCreatedAtMs: person.createdAtMs,
    grants,
    challenge: flow.challenge,
    sessionMs: settings.sessionS === undefined ? limits.oidcSessionMs : settings.sessionS * 1000,
    expiresAtMs: control.clock.now() + limits.oidcCodeMs,
  }
  await control.documents.put(collections.code, id, { expected: 0, value }, signal)
  return secret
}

const forgetOldCodes = async ({ documents, clock }: Control, signal: AbortSignal): Promise<void> => {
  for (const { id, value } of await documents.list<CodeRecord>(collections.code, {}, signal)) {
    if (value.expiresAtMs <= clock.now()) await documents.remove(collections.code, id, signal)
  }
}

/** To the program on the machine of the browser and to no other; without one the person carries it over. */
const hand = ({ port, programState = '' }: Flow, told: Readonly<Record<string, string>>): Page => {
  if (port === undefined) return { kind: 'text', text: renderTold(told), cookie: noCookie }
  const query = new URLSearchParams({ ...told, state: programState })
  return { kind: 'redirect', location: `http://127.0.0.1:${port}/?${query.toString()}`, cookie: noCookie }
}

const renderTold = ({ code, message = '', hint = '' }: Readonly<Record<string, string>>): string =>
  code === undefined
    ? `${message}\n${hint}\n`
    : `${code}\n\nGive this code to the "atoll login" that you have started yourself, within two minutes.
Whoever else asks you for it wants to act in your name.\n`

const redeemOidc: Handler<'redeemOidc'> = async (control, { body, address, signal }) => {
  control.limiter.take(`address ${address}`, limits.attemptsPerAddress)
  const secret = parseSecret(body.code, 'code')
  const found = secret && (await control.documents.find<CodeRecord>(collections.code, secret.id, signal))
  const isGood =
    secret !== undefined &&
    found !== undefined &&
    isSameHash(found.value.hash, secret.hash) &&
    found.value.challenge === createHash('sha256').update(body.verifier).digest('base64url') &&
    found.value.expiresAtMs > control.clock.now()
  if (!isGood) throw invalidCode()
  const { person: name, personCreatedAtMs, sessionMs, grants } = found.value
  const spent: CodeRecord = { ...found.value, expiresAtMs: 0 }
  await control.documents.put(collections.code, secret.id, { expected: found.revision, value: spent }, signal)
  await control.documents.remove(collections.code, secret.id, signal)
  const person = (await getPerson(control, name, signal)).value
  if (person.createdAtMs !== personCreatedAtMs) throw invalidCode()
  const session = await openSession(control, { name, person, sessionMs, grants }, signal)
  await appendAudit(control, { by: name, action: 'redeemOidc', subject: name, address, after: { grants } }, signal)
  return session
}

const invalidCode = (): ControlError =>
  new ControlError('invalid-code', 'the code is not good, was used, or is too old', {
    status: 401,
    hint: 'begin again with "atoll login --oidc"',
  })

export const oidcHandlers: Handlers<'startOidc' | 'finishOidc' | 'redeemOidc'> = { startOidc, finishOidc, redeemOidc }
