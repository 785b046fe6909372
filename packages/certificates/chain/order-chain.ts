import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { nameOf } from './describe-certificate.ts'
import { renderDay } from './judge-leaf.ts'

export interface OrderedChain {
  /** Each signed by the next; a root at the end is left out, as who trusts it has it. */
  readonly ordered: readonly X509Certificate[]
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

/** The way from a certificate to who is known to browsers, of certificates in any order. */
export const orderChain = (leaf: X509Certificate, others: readonly X509Certificate[], nowMs: number): OrderedChain => {
  const ordered = [leaf]
  let rest = dropTwins(leaf, others)
  for (;;) {
    const last = ordered.at(-1) ?? leaf
    const next = isRoot(last) ? undefined : rest.find((each) => isSignedBy(last, each))
    if (next === undefined) break
    ordered.push(next)
    rest = rest.filter((each) => each !== next)
  }
  const last = ordered.at(-1) ?? leaf
  const chain = ordered.length > 1 && isRoot(last) ? ordered.slice(0, -1) : ordered
  return { ordered: chain, problems: judge(chain.slice(1), rest, nowMs), warnings: judgeEnd(last) }
}

const dropTwins = (leaf: X509Certificate, others: readonly X509Certificate[]): readonly X509Certificate[] => {
  const known = new Set([leaf.fingerprint256])
  return others.filter(({ fingerprint256 }) => !known.has(fingerprint256) && known.add(fingerprint256))
}

const isSignedBy = (certificate: X509Certificate, signer: X509Certificate): boolean =>
  certificate.checkIssued(signer) && certificate.verify(signer.publicKey)

const isRoot = (certificate: X509Certificate): boolean => isSignedBy(certificate, certificate)

const judge = (
  signers: readonly X509Certificate[],
  strangers: readonly X509Certificate[],
  nowMs: number,
): readonly string[] => [
  ...strangers.map((each) => `the certificate of ${nameOf(each)} has signed none of the others: leave it out`),
  ...signers
    .filter(({ validTo }) => Date.parse(validTo) <= nowMs)
    .map(
      (each) => `the certificate of ${nameOf(each)}, who signed, has ended on ${renderDay(Date.parse(each.validTo))}`,
    ),
]

/** Whoever signed last is known to everybody, or somebody has to be told of them. */
const judgeEnd = (last: X509Certificate): readonly string[] => {
  const isKnown = listRoots().some((root) => last.fingerprint256 === root.fingerprint256 || isSignedBy(last, root))
  if (isKnown) return []
  return [
    isRoot(last)
      ? `${nameOf(last)} is known to no browser: only who was told to trusts it`
      : `who signed the certificate of ${nameOf(last)} is neither in the file nor known to browsers: give the whole chain, unless everybody who asks knows them`,
  ]
}

let roots: readonly X509Certificate[] | undefined

/** Those this Node comes with, which are Mozilla's. Read once: it takes a while. */
const listRoots = (): readonly X509Certificate[] => (roots ??= rootCertificates.map((pem) => new X509Certificate(pem)))
