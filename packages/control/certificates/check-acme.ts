import type { Parsed } from '@atoll/api'
import { z } from 'zod'
import { openFetch } from '../auth/oidc/open-fetch.ts'
import { requireCertificates } from '../auth/oidc/settings.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'

type Change = Parsed<'changeAcme', 'body'>

/** These run programs, or ask a person at a terminal. */
const refusedProviders: ReadonlySet<string> = new Set(['exec', 'manual'])
/** They would change how lego itself runs, or have it read files of this program and send them elsewhere. */
const refusedVariable = /_FILE$|^(LD_|LEGO_|SSL_|GO|HOME$|PATH$|TMPDIR$|HTTPS?_PROXY$|NO_PROXY$)/

/** ControlError `acme-settings`: what cannot be, or would give away more than certificates. */
export const requireSafeAcme = ({ dns, rootPem }: Change): void => {
  if (rootPem !== undefined) requireCertificates({ authorityPem: rootPem })
  if (dns === undefined) return
  if (refusedProviders.has(dns.provider)) {
    throw wrong(`the DNS provider ${dns.provider} runs programs of its own`, 'see "atoll acme set --help" for others')
  }
  const refused = Object.keys(dns.variables).find((name) => refusedVariable.test(name))
  if (refused !== undefined) {
    throw wrong(`the variable ${refused} is not one of a DNS provider, or names a file`, 'give the value itself')
  }
}

const directoryShape = z.object({
  newNonce: z.url(),
  newAccount: z.url(),
  newOrder: z.url(),
  meta: z.object({ externalAccountRequired: z.boolean().optional() }).optional(),
})

/** Asks for the directory (RFC 8555, 7.1.1). ControlError `acme-directory` when it does not answer as one. */
export const requireDirectory = async ({ directory, rootPem, binding }: Change, signal: AbortSignal): Promise<void> => {
  const meta = (await readDirectory({ directory, rootPem }, signal)).meta
  if (meta?.externalAccountRequired !== true || binding !== undefined) return
  throw wrong(
    `${directory} wants an account with it first`,
    'make a key for external accounts there, and say --eab-key-id and --eab-hmac-file',
  )
}

interface Place {
  readonly directory: string
  readonly rootPem: string | undefined
}

const readDirectory = async (
  { directory, rootPem }: Place,
  signal: AbortSignal,
): Promise<z.infer<typeof directoryShape>> => {
  try {
    const ask = await openFetch(rootPem)
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limits.certificates.directoryMs)])
    const reply = await ask(directory, { method: 'GET', headers: {}, body: null, redirect: 'manual', signal: limit })
    if (reply.status !== 200) throw new Error(`it answers ${reply.status}`)
    return directoryShape.parse(await reply.json())
  } catch (cause) {
    signal.throwIfAborted()
    throw new ControlError('acme-directory', `ask ${directory} for its description: ${explain(cause)}`, {
      status: 424,
      hint: 'give the address of a directory of ACME; --root-file says whom to trust when it is not known to everybody',
      cause,
    })
  }
}

const explain = (error: unknown): string => {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return 'what it answers is no directory of ACME'
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'it does not answer'
  return error.cause instanceof Error ? error.cause.message : error.message
}

const wrong = (message: string, hint: string): ControlError =>
  new ControlError('acme-settings', message, { status: 422, hint })
