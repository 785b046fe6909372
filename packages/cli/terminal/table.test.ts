import { expect, test } from 'vitest'
import { createPalette } from './palette.ts'
import { renderTable } from './table.ts'

test('columns line up whatever is coloured or wide', () => {
  const colour = createPalette(true)
  const lines = renderTable(
    ['NAME', 'STATE'],
    [
      [colour.red('web'), 'up'],
      ['日本', 'down'],
    ],
    createPalette(false),
  )
  expect(lines).toEqual(['NAME  STATE', `${colour.red('web')}   up`, '日本  down'])
})

test('lines do not end in spaces', () => {
  expect(renderTable(['A', 'B'], [['x', '']], createPalette(false))).toEqual(['A  B', 'x'])
})
