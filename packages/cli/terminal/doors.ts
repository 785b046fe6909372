import type { Door } from '../system/await-controls.ts'
import type { Palette } from './palette.ts'
import { renderColumns } from './table.ts'

/** One line per node: where it answers, or why it does not. */
export const renderDoors = (doors: readonly Door[], palette: Palette): readonly string[] =>
  renderColumns(
    doors.map(({ node, url, trouble }) => [
      trouble === undefined ? palette.green('✓') : palette.red('✗'),
      node,
      url,
      trouble ?? '',
    ]),
  )
