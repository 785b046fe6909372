import type { Parsed } from './parsed.ts'
import { renderQuoted } from './parsed.ts'

const SPACE = /[ \t\r\n]/
const ENDS_COMMAND = /[;&|<>]/

/** `quote` is what ends the present quotation: `"`, `'`, a backtick, the `)` of a `$(`, or nothing. */
interface Scan {
  readonly words: string[]
  word: string | undefined
  quote: string
}

/**
 * Splits a command into words as compose-go does (mattn/go-shellwords): quotes group, a backslash takes the next
 * character except between single quotes, backticks and `$(...)` stay as they are. There is no shell, so nothing is
 * expanded and what follows an unquoted `;`, `&`, `|`, `<` or `>` is not read.
 */
export const splitWords = (text: string): Parsed<readonly string[]> => {
  const scan: Scan = { words: [], word: undefined, quote: '' }
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '\\' && scan.quote !== "'") {
      at++
      if (at === text.length) return cannotSplit(text, 'ends in a backslash')
      append(scan, unescape(text[at] ?? ''))
    } else if (scan.quote === '' && ENDS_COMMAND.test(character)) break
    else if (scan.quote === '' && character === '(' && !scan.word?.endsWith('$')) {
      return cannotSplit(text, 'has a parenthesis outside quotes')
    } else take(scan, character)
  }
  if (scan.quote !== '') return cannotSplit(text, `has no closing ${scan.quote}`)
  return { kind: 'ok', value: scan.word === undefined ? scan.words : [...scan.words, scan.word] }
}

const cannotSplit = (text: string, reason: string): Parsed<never> => ({
  kind: 'error',
  message: `the command ${renderQuoted(text)} ${reason}; write it as a list of words`,
})

const unescape = (character: string): string => (character === 't' ? '\t' : character === 'n' ? '\n' : character)

const append = (scan: Scan, character: string): void => {
  scan.word = (scan.word ?? '') + character
}

const take = (scan: Scan, character: string): void => {
  if (scan.quote !== '') {
    const isEnd = character === scan.quote
    if (isEnd) scan.quote = ''
    if (!isEnd || character === '`' || character === ')') append(scan, character)
  } else if (character === '"' || character === "'") {
    scan.quote = character
    append(scan, '')
  } else if (SPACE.test(character)) {
    if (scan.word !== undefined) scan.words.push(scan.word)
    scan.word = undefined
  } else {
    if (character === '`') scan.quote = '`'
    if (character === '(') scan.quote = ')'
    append(scan, character)
  }
}
