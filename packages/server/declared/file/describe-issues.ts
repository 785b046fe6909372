import type { z } from 'zod'

/** What is wrong, before anybody knows on which line it stands. */
export interface Complaint {
  readonly key: readonly (string | number)[]
  readonly message: string
  readonly hint?: string
}

type Issue = z.core.$ZodIssue

/** What a schema found, as sentences; a choice that fits nothing is told by the way it comes nearest to. */
export const describeIssues = (issues: readonly Issue[]): readonly Complaint[] =>
  issues.flatMap((issue) => describe(issue, []))

const describe = (issue: Issue, before: Complaint['key']): readonly Complaint[] => {
  const key = [...before, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((name) => ({
        key: [...key, name],
        message: 'there is no such key here',
        hint: 'docs/server-yaml.md lists every key',
      }))
    case 'invalid_union': {
      const nearest = issue.errors.find((branch) => !isOfOtherKind(branch))
      if (nearest !== undefined) return nearest.flatMap((each) => describe(each, key))
      const kinds = issue.errors.flatMap((branch) => branch.flatMap((each) => describeKind(each) ?? []))
      return [{ key, message: `it takes ${kinds.join(' or ')}` }]
    }
    case 'invalid_key':
      return issue.issues.flatMap((each) => describe(each, key))
    default:
      return [{ key, message: toSentence(issue) }]
  }
}

const toSentence = (issue: Issue): string => {
  const kind = describeKind(issue)
  return kind === undefined ? issue.message : `it takes ${kind}`
}

const describeKind = (issue: Issue): string | undefined => {
  if (issue.code === 'invalid_type') return typeNames[issue.expected] ?? issue.expected
  return issue.code === 'invalid_value' ? issue.values.map((value) => `"${String(value)}"`).join(', ') : undefined
}

const typeNames: Readonly<Record<string, string>> = {
  object: 'keys with values',
  record: 'keys with values',
  array: 'a list',
  string: 'text (in quotes where it looks like a number)',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

/** The value was not even meant as this: it is of another type as a whole. */
const isOfOtherKind = (issues: readonly Issue[]): boolean =>
  issues.some(({ path, code }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'))
