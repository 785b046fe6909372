import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createPalette } from './palette.ts'
import { drop, renderTable, shorten } from './table.ts'

const wide = { palette: createPalette(false), columns: Infinity }

test('columns line up whatever is coloured or wide', () => {
  const colour = createPalette(true)
  const lines = renderTable(
    ['NAME', 'STATE'],
    [
      [colour.red('web'), 'up'],
      ['日本', 'down'],
    ],
    wide,
  )
  expect(lines).toEqual(['NAME  STATE', `${colour.red('web')}   up`, '日本  down'])
})

test('lines do not end in spaces', () => {
  expect(renderTable(['A', 'B'], [['x', '']], wide)).toEqual(['A  B', 'x'])
})

describe('on a narrow terminal', () => {
  const head = ['NAME', 'FROM', 'WHAT', 'TIMES']
  const row = ['web', '10.0.0.1', 'a text of some thirty characters', '12']
  const draw = (columns: number, spare = [...drop('FROM'), ...shorten('WHAT')]): readonly string[] =>
    renderTable(head, [row], { palette: createPalette(false), columns, spare }).map((line) => line.trimEnd())

  test('nothing is given up that has room', () => {
    expect(draw(55)[1]).toBe('web   10.0.0.1  a text of some thirty characters  12')
  })

  test('what is least important goes first, then what can be shortened, by no more than is needed', () => {
    expect(draw(52)[1]).toBe('web   a text of some thirty characters  12')
    expect(draw(40)).toEqual(['NAME  WHAT                         TIMES', 'web   a text of some thirty char…  12'])
    expect(draw(5)[1]).toBe('web   a text of s…  12')
  })

  test('whole columns go from the last on where nothing else is said, and never the first', () => {
    const lines = (columns: number) => renderTable(head, [row], { palette: createPalette(false), columns })
    expect(lines(52)[0]).toMatch(/WHAT$/)
    expect(lines(3)).toEqual(['NAME', 'web'])
  })

  test('a cell says the longest of what it can say that has room', () => {
    const cells = [['one then two then three', '… two then three', '… three']]
    const lines = (columns: number) =>
      renderTable(['STATES'], [cells], { palette: createPalette(false), columns, spare: shorten('STATES') })[1]
    expect([30, 20, 14].map(lines)).toEqual(['one then two then three', '… two then three', '… three'])
  })

  test('colours end where a text is cut', () => {
    const [, line = ''] = renderTable(['A'], [[createPalette(true).red('far too long for this')]], {
      palette: createPalette(false),
      columns: 14,
      spare: shorten('A'),
    })
    expect(line.endsWith('\u001B[0m')).toBe(true)
    expect(stripVTControlCharacters(line)).toHaveLength(14)
  })
})
