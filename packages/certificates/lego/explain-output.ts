import { explainProblem, findRetryAfter } from './explain-problem.ts'
import type { FailureKind, IssueFailure } from './failure.ts'

/** What lego said when it gave no certificate for these names: whose fault it was, and why. */
export const explainOutput = (output: string, names: readonly string[]): readonly IssueFailure[] => {
  const told = lastWords(output)
  const ofNames = findNamed(told, names)
  return ofNames.length > 0 ? ofNames : [explainWhole(told.trim(), names)]
}

/** What comes after the last line of its log is what it died of: that may have several lines. */
export const lastWords = (output: string): string => {
  const lines = [...output.matchAll(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d (?!\[(?:INFO|WARN)\])/gm)]
  return output.slice(lines.at(-1)?.index ?? 0)
}

/** `[shop.example.org] acme: error: 400 :: ...`, one for each name that failed; what follows belongs to it. */
const findNamed = (told: string, names: readonly string[]): readonly IssueFailure[] => {
  const parts = told.split(/^(?=\[)/m).slice(1)
  return parts.flatMap((part) => {
    const [, name = '', text = ''] = /^\[([^\]]+)\] ([\s\S]*)$/.exec(part) ?? []
    if (!names.includes(name)) return []
    const { kind, reason } = explainProblem(text)
    return [{ kind, of: isOfAll(kind) ? 'all' : 'names', names: [name], reason, ...retryAfter(text) } as const]
  })
}

/** Whom it cannot be because of the kind: the DNS provider does the same to every name. */
const isOfAll = (kind: FailureKind): boolean => kind === 'account' || kind === 'directory'

/** The order was refused as a whole, or it did not come to one. */
const explainWhole = (told: string, names: readonly string[]): IssueFailure => {
  const before = explainBeforeOrder(told)
  if (before !== undefined) return { ...before, of: 'all', names, ...retryAfter(told) }
  const { kind, reason } = explainProblem(told)
  const named = names.filter((name) => mentions(told, name))
  const base = { kind, reason, ...retryAfter(told) }
  if (isOfAll(kind)) return { ...base, of: 'all', names }
  if (named.length > 0 || names.length === 1) return { ...base, of: 'names', names: named.length > 0 ? named : names }
  return { ...base, of: kind === 'rate-limit' ? 'all' : 'order', names }
}

const explainBeforeOrder = (told: string): Pick<IssueFailure, 'kind' | 'reason'> | undefined => {
  const { kind, reason } = explainProblem(told)
  if (told.includes('Could not complete registration'))
    return { kind: kind === 'rate-limit' ? kind : 'account', reason }
  if (!told.includes('Could not create client')) return undefined
  const { reason: why } = explainDirectory(told)
  return { kind: 'directory', reason: why }
}

const explainDirectory = (told: string): { readonly reason: string } => {
  const detail = told.replace(/^[\s\S]*?get directory at /, '').slice(0, 300)
  const advice = /x509|certificate/.test(told)
    ? 'give the certificate of who signed it by "atoll acme set --root-file"'
    : 'look whether the managers reach it, and at "atoll acme show"'
  return { reason: `the directory of the authority cannot be read (${detail}); ${advice}` }
}

/** By itself, or as its registered domain: limits are counted by those. */
const mentions = (told: string, name: string): boolean => {
  const plain = name.replace(/^\*\./, '')
  const parents = plain.split('.').map((_label, at, all) => all.slice(at).join('.'))
  return parents.filter((parent) => parent.includes('.')).some((parent) => told.includes(`"${parent}"`))
}

const retryAfter = (text: string): Pick<IssueFailure, 'notBeforeMs'> => {
  const notBeforeMs = findRetryAfter(text)
  return notBeforeMs === undefined ? {} : { notBeforeMs }
}
