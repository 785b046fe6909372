import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'fast-string-width'

/** What every terminal has. */
const helpColumns = 80

type Example = readonly [line: string, meaning: string]

/** Text below the usage line: paragraphs, each filled to the width anew, then examples. */
export const renderDescription = (paragraphs: string, examples: readonly Example[]): string =>
  [
    ...paragraphs.split('\n\n').map((paragraph) => fill(paragraph.split(/\s+/), helpColumns).join('\n')),
    ['EXAMPLES', ...renderExamples(examples)].join('\n'),
  ].join('\n\n')

/** A command line is never broken, so that it can be copied; what it means stands below it where there is no room beside. */
const renderExamples = (examples: readonly Example[]): readonly string[] => {
  const width = Math.max(...examples.map(([line]) => line.length))
  const hasRoom = examples.every(([, meaning]) => width + meaning.length + 4 <= helpColumns)
  return examples.flatMap(([line, meaning]) =>
    hasRoom ? [`  ${line.padEnd(width)}  ${meaning}`] : [`  ${line}`, ...hang('      ', meaning)],
  )
}

const leftOfRow = /^ *\S+(?: \S+)* {2,}(?=\S)/

/** Breaks what is too long of the tables of flags and arguments, below the beginning of their right column. */
export const wrapRows = (help: string): string => help.split('\n').flatMap(wrapRow).join('\n')

const wrapRow = (line: string): readonly string[] => {
  const plain = stripVTControlCharacters(line)
  if (plain.length <= helpColumns || plain.trimStart().startsWith('atoll ')) return [line]
  const [plainLeft] = leftOfRow.exec(plain) ?? []
  if (plainLeft === undefined) return [line]
  const left = takeVisible(line, plainLeft.length)
  return hang(left, line.slice(left.length))
}

const escape = '\u001B'
const colourOrCharacter = new RegExp(`${escape}\\[[0-9;]*m|.`, 'gu')

/** The beginning of a coloured text that shows as so many characters. */
const takeVisible = (text: string, length: number): string => {
  let taken = ''
  for (const [part] of text.matchAll(colourOrCharacter)) {
    if (stripVTControlCharacters(taken).length === length) break
    taken += part
  }
  return taken
}

const hang = (left: string, text: string): readonly string[] => {
  const indent = stringWidth(left)
  return fill(text.split(/ +/), helpColumns - indent).map((line, at) => (at === 0 ? left : ' '.repeat(indent)) + line)
}

/** Colours take no width. */
const fill = (words: readonly string[], width: number): readonly string[] => {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && stringWidth(`${last} ${word}`) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
