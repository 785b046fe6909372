import type { Parsed } from '../../compose/parsed.ts'

/** Characters of a pattern, and repetitions without end in it: more makes a pattern slow on a path made for that. */
const [MAX_CHARACTERS, MAX_ENDLESS, MAX_COUNT] = [200, 4, 100]

interface Pattern {
  readonly pattern: string
  /** Groups `\1` to `\9` may stand for. */
  readonly groups: number
}

/**
 * A pattern of paths in the words that every engine of regular expressions knows: characters, classes, groups, `|`, and
 * repetitions. A group that is repeated may neither repeat nor choose inside, so that no path takes long to compare: all
 * apps of a node share one ingress.
 */
export const parsePathPattern = (text: string): Parsed<Pattern> => {
  if (text.length > MAX_CHARACTERS) return { kind: 'error', message: `has more than ${MAX_CHARACTERS} characters` }
  if (/[^\u0021-\u007e]/.test(text)) return { kind: 'error', message: 'has characters that no path has' }
  const reader: Reader = { text, at: text.startsWith('^') ? 1 : 0, groups: 0, endless: 0 }
  try {
    readChoice(reader, 0)
    if (reader.text.slice(reader.at) === '$') reader.at += 1
    if (reader.at < text.length) throw new PatternFault(`has ${text.charAt(reader.at)} where it means nothing`)
    if (reader.endless > MAX_ENDLESS) throw new PatternFault(`repeats without end more than ${MAX_ENDLESS} times`)
    const pattern = text.replace(/^\^/, '').replace(/(?<!\\)\$$/, '')
    // What is left to go wrong is a range the wrong way round.
    RegExp(pattern)
    return { kind: 'ok', value: { pattern, groups: reader.groups } }
  } catch (error) {
    if (error instanceof PatternFault || error instanceof SyntaxError) return { kind: 'error', message: error.message }
    throw error
  }
}

class PatternFault extends Error {}

interface Reader {
  readonly text: string
  at: number
  groups: number
  endless: number
}

/** True: it repeats or chooses inside. */
type IsBranching = boolean

const readChoice = (reader: Reader, depth: number): IsBranching => {
  if (depth > 10) throw new PatternFault('has groups in groups in groups')
  let isBranching = readSequence(reader, depth)
  while (reader.text.charAt(reader.at) === '|') {
    reader.at += 1
    readSequence(reader, depth)
    isBranching = true
  }
  return isBranching
}

const readSequence = (reader: Reader, depth: number): IsBranching => {
  let isBranching = false
  for (;;) {
    const isBranchingInside = readAtom(reader, depth)
    if (isBranchingInside === undefined) return isBranching
    const repeated = readRepetition(reader)
    if (repeated && isBranchingInside) {
      throw new PatternFault('repeats a group that repeats or chooses inside, which can take very long')
    }
    isBranching ||= repeated || isBranchingInside
  }
}

const CLASS = /\[\^?(?:\\[\w\\./+*?()[\]{}|^$-]|[^\\[\]])+\]/y
const ESCAPED = /\\(?:[dwDW]|[./+*?()[\]{}|^$\\-])/y
const PLAIN = /[^\\^$.|?*+()[\]{}]|\./y

/** Undefined: none begins here. */
const readAtom = (reader: Reader, depth: number): IsBranching | undefined => {
  if (skip(reader, /\((?:\?:)?/y)) return readGroup(reader, depth)
  return [CLASS, ESCAPED, PLAIN].some((atom) => skip(reader, atom)) ? false : undefined
}

const readGroup = (reader: Reader, depth: number): IsBranching => {
  if (!reader.text.startsWith('?:', reader.at - 2)) reader.groups += 1
  if (reader.text.charAt(reader.at) === '?') throw new PatternFault('looks ahead or behind, which is not there')
  const isBranching = readChoice(reader, depth + 1)
  if (!skip(reader, /\)/y)) throw new PatternFault('has a group that does not end')
  return isBranching
}

/** True when it repeats what was before it. */
const readRepetition = (reader: Reader): boolean => {
  if (skip(reader, /\?\??/y)) return false
  if (skip(reader, /[*+]\??/y)) {
    reader.endless += 1
    return true
  }
  const from = reader.at
  if (!skip(reader, /\{\d{1,3}(?:,\d{0,3})?\}\??/y)) return false
  const [, least, most] = /\{(\d+)(,\d*)?/.exec(reader.text.slice(from, reader.at)) ?? []
  if (most === ',') reader.endless += 1
  if (Math.max(Number(least), Number(most?.slice(1) ?? 0)) > MAX_COUNT) {
    throw new PatternFault(`repeats more than ${MAX_COUNT} times`)
  }
  return true
}

const skip = (reader: Reader, what: RegExp): boolean => {
  what.lastIndex = reader.at
  if (!what.test(reader.text)) return false
  reader.at = what.lastIndex
  return true
}
