import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { CertificateFacts } from '../certificate.ts'
import { describeCertificate, nameOf } from './describe-certificate.ts'
import { judgeLeaf, judgeUse } from './judge-leaf.ts'
import { orderChain } from './order-chain.ts'
import { isKeyLabel, readPemBlocks } from './pem.ts'

/** A certificate with its key, as it can be served: its own first, then who signed it, without the root. */
export interface Chain {
  readonly facts: CertificateFacts
  readonly chainPem: string
  /** PKCS #8. */
  readonly keyPem: string
}

export interface ReadChain {
  /** Absent when it cannot be served. */
  readonly chain?: Chain
  /** What is wrong, in whole sentences. None of them quotes the key. */
  readonly problems: readonly string[]
  /** What a person should know of one that can be served. */
  readonly warnings: readonly string[]
}

/** More than any authority sends. */
const maxCertificates = 10

/** Reads what somebody brought: PEM in any order, whatever stands between. `text` may hold the key as well. */
export const readChain = (text: string, nowMs: number): ReadChain => {
  const blocks = readPemBlocks(text)
  const found = blocks.filter(({ label }) => label === 'CERTIFICATE' || label === 'TRUSTED CERTIFICATE')
  const certificates = found.map((each) => parseCertificate(each.text))
  const key = readKey(blocks.filter(({ label }) => isKeyLabel(label)).map((each) => each.text))
  const problems = [...countProblems(found.length, certificates), ...key.problems]
  const readable = certificates.filter((each) => each !== undefined)
  if (problems.length > 0 || key.key === undefined) return { problems, warnings: [] }
  const { key: privateKey } = key
  const leaf = readable.find((each) => each.checkPrivateKey(privateKey))
  if (leaf === undefined) return { problems: [strangeKey(readable)], warnings: [] }
  return judge({ leaf, others: readable.filter((each) => each !== leaf), key: privateKey }, nowMs)
}

interface Parts {
  readonly leaf: X509Certificate
  readonly others: readonly X509Certificate[]
  readonly key: KeyObject
}

const judge = ({ leaf, others, key }: Parts, nowMs: number): ReadChain => {
  const { ordered, problems: disorder, warnings } = orderChain(leaf, others, nowMs)
  const chainPem = ordered.map((each) => `${each.toString().trim()}\n`).join('')
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const facts = describeCertificate(leaf)
  const problems = [...judgeLeaf(leaf, facts, nowMs), ...disorder]
  const all = problems.length > 0 ? problems : judgeUse(chainPem, keyPem)
  return all.length > 0
    ? { problems: all, warnings: [] }
    : { chain: { facts, chainPem, keyPem }, problems: [], warnings }
}

const parseCertificate = (pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

const countProblems = (count: number, certificates: readonly (X509Certificate | undefined)[]): readonly string[] => {
  if (count === 0) return ['there is no certificate in it: in PEM one begins with -----BEGIN CERTIFICATE-----']
  if (count > maxCertificates)
    return [`there are ${count} certificates in it, and a chain has ${maxCertificates} at most`]
  const broken = certificates.findIndex((each) => each === undefined)
  return broken === -1 ? [] : [`certificate ${broken + 1} of ${count} cannot be read: it was changed, or cut off`]
}

interface ReadKey {
  readonly key?: KeyObject
  readonly problems: readonly string[]
}

const readKey = ([pem, ...more]: readonly string[]): ReadKey => {
  if (pem === undefined)
    return { problems: ['there is no private key in it: in PEM one begins with -----BEGIN PRIVATE KEY-----'] }
  if (more.length > 0)
    return { problems: ['there are several private keys in it: give the one of the certificate alone'] }
  if (/BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    return {
      problems: ['the private key is protected by a passphrase: write it without one by "openssl pkey -in FILE"'],
    }
  }
  try {
    return { key: createPrivateKey(pem), problems: [] }
  } catch {
    // Its message might quote the text.
    return { problems: ['the private key cannot be read: it was changed, or cut off'] }
  }
}

const strangeKey = (certificates: readonly X509Certificate[]): string =>
  `the private key belongs to none of the certificates, which are for ${certificates.map(nameOf).join(', ')}`
