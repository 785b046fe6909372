import type { FailureKind } from './failure.ts'

interface Meaning {
  readonly kind: FailureKind
  readonly words: string
  readonly advice: string
}

interface Rule extends Meaning {
  readonly when: RegExp
}

const noName: Meaning = {
  kind: 'dns',
  words: 'its name leads nowhere',
  advice: 'make a record of type A or AAAA that leads to the nodes',
}

/** The first that fits. What an authority says of a problem is a type (RFC 8555, 6.7) and a text for people. */
const rules: readonly Rule[] = [
  {
    when: /error:rateLimited/,
    kind: 'rate-limit',
    words: 'the authority has been asked too often',
    advice: 'it is tried again when that is over',
  },
  {
    when: /error:caa\b|CAA record/i,
    kind: 'caa',
    words: 'a CAA record of its domain allows other authorities only',
    advice: 'add the authority to the CAA records, or take them away',
  },
  { when: /could not resolve|no such host|NXDOMAIN|no valid A(AAA)? records/i, ...noName },
  {
    when: /TXT record/i,
    kind: 'dns',
    words: 'the record that proves it was not found in the DNS',
    advice: 'look whether the DNS provider is the one of this domain, and give it more time to spread records',
  },
  {
    when: /error:dns\b|SERVFAIL|DNS problem/i,
    kind: 'dns',
    words: 'the servers of its domain do not answer as they should',
    advice: 'look at its name servers and DNSSEC',
  },
  {
    when: /error:connection/,
    kind: 'connection',
    words: 'the authority could not connect to it',
    advice: 'open port 80 of the nodes to everybody, and look whether its name leads to them alone',
  },
  {
    when: /error:(unauthorized|incorrectResponse|tls)/,
    kind: 'answer',
    words: 'something else answered in the place of the nodes',
    advice: 'look whether every address of its name is one of a node, and what stands before them',
  },
  {
    when: /error:(rejectedIdentifier|unsupportedIdentifier|malformed)/,
    kind: 'name',
    words: 'the authority gives no certificate for this name',
    advice: 'bring one of your own with "atoll cert add"',
  },
  {
    when: /error:(accountDoesNotExist|invalidContact|unsupportedContact|userActionRequired)/,
    kind: 'account',
    words: 'the authority refuses the account',
    advice: 'look at "atoll acme show" and set it anew with "atoll acme set"',
  },
  {
    when: /externalAccountRequired|External Account Binding/i,
    kind: 'account',
    words: 'the authority wants to know who pays',
    advice:
      'make a key for external accounts there, and give it by "atoll acme set --eab-key-id ID --eab-hmac-file FILE"',
  },
  {
    when: /determine solvers/,
    kind: 'provider',
    words: 'a wildcard can be proven by the DNS alone, and no provider is set',
    advice: 'set one with "atoll acme set --dns"',
  },
  {
    when: /presenting token|credentials information|unrecognized DNS provider|could not find (zone|the start)/i,
    kind: 'provider',
    words: 'the DNS provider does not take the record',
    advice: 'look at its name and its variables',
  },
  {
    when: /time limit exceeded|deadline exceeded|Client\.Timeout/i,
    kind: 'timeout',
    words: 'it took too long',
    advice: 'it is tried again by itself',
  },
]

const other: Meaning = {
  kind: 'other',
  words: 'the authority gives no certificate',
  advice: 'it is tried again by itself',
}

/** What a problem means: of the text lego prints of it. */
export const explainProblem = (text: string): { readonly kind: FailureKind; readonly reason: string } => {
  const { kind, words, advice } = rules.find(({ when }) => when.test(text)) ?? other
  return { kind, reason: `${words} (${quote(text)}); ${advice}` }
}

const maxCharacters = 300

/** Without the parts that mean something to programs alone; printable, for it goes to terminals. */
const quote = (text: string): string => {
  const told = text
    .replace(/^.*urn:ietf:params:acme:error:\w+ :: /s, '')
    .replaceAll(/[^\p{L}\p{N}\p{P}\p{S}]+/gu, ' ')
    .trim()
  return told.length <= maxCharacters ? told : `${told.slice(0, maxCharacters)}...`
}

/** When the authority says to come again: in seconds there is none, as lego keeps the headers to itself. */
export const findRetryAfter = (text: string): number | undefined => {
  const [, moment] = /retry after (\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:Z| UTC))/i.exec(text) ?? []
  return moment === undefined ? undefined : Date.parse(moment.replace(' UTC', 'Z').replace(' ', 'T'))
}
