import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Output } from '../cli.ts'
import { createLive } from './live.ts'
import { createPalette } from './palette.ts'

describe('live lines', () => {
  test('are drawn over the last ones and taken away', () => {
    const screen = createScreen({ columns: 40, rows: 10 })
    const live = createLive(screen.output)
    live.draw(['one', 'two', 'three'])
    live.draw(['four'])
    expect(screen.lines()).toEqual(['four'])
    live.print('stays')
    expect(screen.lines()).toEqual(['stays', 'four'])
    live.clear()
    expect(screen.lines()).toEqual(['stays'])
  })

  test('never wrap and never scroll', () => {
    const screen = createScreen({ columns: 12, rows: 6 })
    const live = createLive(screen.output)
    live.draw(Array.from({ length: 20 }, (_, at) => `line ${at} is far too long`))
    live.draw(['short'])
    expect(screen.lines()).toEqual(['short'])
  })
})

test('a coloured line is cut where there is no more room, however the colours lie', () => {
  const { dim } = createPalette(true)
  const line = ['READ/S', 'WRITTEN/S', 'PROCESSES'].map((word) => dim(word)).join('   ')
  for (let columns = 4; columns < 35; columns += 1) {
    const written: string[] = []
    const { output } = createScreen({ columns, rows: 5 })
    createLive({ ...output, write: (text) => void written.push(String(text)) }).draw([line])
    expect(stripVTControlCharacters(written.join('')).trimEnd().length).toBeGreaterThanOrEqual(
      Math.min(columns - 3, 30),
    )
  }
})

const escape = '\u001B'

/** As much of a terminal as live lines use: text, newline, cursor up, clear to the end. Fails on a wrap. */
const createScreen = ({ columns, rows }: { readonly columns: number; readonly rows: number }) => {
  const lines: string[] = ['']
  let at = 0
  const put = (part: string): void => {
    const up = /^.\[(\d+)A$/.exec(part)
    if (up) at -= Number(up[1])
    else if (part === '\u001B[J') lines.splice(at, lines.length, '')
    else if (part === '\n') lines[++at] = ''
    else if (part !== '\r' && part !== '\u001B[0m') lines[at] = (lines[at] ?? '') + part
    expect(at).toBeGreaterThanOrEqual(0)
    expect((lines[at] ?? '').length).toBeLessThan(columns)
  }
  const output: Output = {
    write: (text) =>
      String(text)
        .split(new RegExp(`(${escape}\\[\\d*[A-Za-z]|\n|\r)`))
        .forEach((part) => part !== '' && put(part)),
    palette: createPalette(false),
    isTerminal: true,
    columns: () => columns,
    rows: () => rows,
    onResize: () => {},
  }
  return { output, lines: () => lines.slice(0, -1) }
}
