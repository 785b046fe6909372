import { readChain } from './chain/read-chain.ts'
import type { Chain } from './chain/read-chain.ts'
import { CertificatesError } from './errors.ts'
import { explainOutput, lastWords } from './lego/explain-output.ts'
import type { IssueFailure } from './lego/failure.ts'
import { openLegoFolder } from './lego/folder.ts'
import type { LegoFolder } from './lego/folder.ts'
import type { Account } from './lego/order.ts'
import { runLego } from './lego/run-lego.ts'
import type { LegoEnd } from './lego/run-lego.ts'
import type { Issue } from './plan/plan-issues.ts'

/** What came of one order. `registration`: what is to be kept with the account for the next one. */
export type Issued = (
  | { readonly kind: 'issued'; readonly chain: Chain }
  | { readonly kind: 'failed'; readonly failures: readonly IssueFailure[] }
) & { readonly registration?: string }

export interface IssueOptions {
  readonly account: Account
  /** Absolute path of lego 4. */
  readonly program: string
  readonly nowMs: () => number
  readonly signal: AbortSignal
}

/**
 * Asks the authority for one certificate and waits for it. Challenges of HTTP are answered by every ingress that knows the
 * thumbprint of the account. Throws CertificatesError when lego is not there.
 */
export const issue = async (order: Issue, options: IssueOptions): Promise<Issued> => {
  const first = await insist(order, options, options.account)
  if (!isRefusedFor('accountDoesNotExist', first) || options.account.registration === undefined) return first.issued
  // The authority has lost its accounts, as those of tests do: the same key is registered anew.
  const { registration: _, ...account } = options.account
  return (await insist(order, options, account)).issued
}

/** lego gives up a request after 20 s of refused nonces, which says nothing of the names (RFC 8555, 6.5). */
const nonceTries = 3

const insist = async (order: Issue, options: IssueOptions, account: Account): Promise<Attempted> => {
  let last = await attempt(order, options, account)
  for (let tries = 1; tries < nonceTries && isRefusedFor('badNonce', last); tries += 1) {
    last = await attempt(order, options, account)
  }
  return last
}

/** A type of error of RFC 8555, which it ended with. */
const isRefusedFor = (type: string, { end }: Attempted): boolean =>
  !end.isDone && lastWords(end.output).includes(`error:${type}`)

interface Attempted {
  readonly end: LegoEnd
  readonly issued: Issued
}

const attempt = async (
  { names, challenge }: Issue,
  { program, nowMs, signal }: IssueOptions,
  account: Account,
): Promise<Attempted> => {
  await using folder = await openLegoFolder(account)
  const end = await runLego({ program, folder, account, names, challenge }, signal).catch((error: unknown) => {
    throw isAbsent(error) ? noProgram(program, error) : error
  })
  const registration = await folder.readRegistration()
  const kept = registration === undefined ? {} : { registration }
  if (end.isDone) return { end, issued: { kind: 'issued', chain: await readIssued(folder, names, nowMs()), ...kept } }
  return { end, issued: { kind: 'failed', failures: explainOutput(end.output, names), ...kept } }
}

/** Clocks differ: what an authority gives at this moment may begin in another. */
const clockSkewMs = 300_000

/** What an authority gives is looked at as what a person brings: the ingress has to take it. */
const readIssued = async (folder: LegoFolder, names: readonly string[], nowMs: number): Promise<Chain> => {
  const { chainPem, keyPem } = await folder.readIssued(names[0] ?? '')
  const { chain, problems } = readChain(chainPem + keyPem, nowMs + clockSkewMs)
  if (chain !== undefined) return chain
  throw new CertificatesError(`the authority gave a certificate that cannot be served: ${problems.join('; ')}`, {
    code: 'not-a-certificate',
    hint: 'look at the clock of the managers, and at what the authority says of it',
  })
}

const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const noProgram = (program: string, cause: unknown): CertificatesError =>
  new CertificatesError(`${program} is not there`, {
    code: 'no-program',
    hint: 'the image of the platform has it; elsewhere install the package lego',
    cause,
  })
