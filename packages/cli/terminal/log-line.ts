import type { NamedLogLine } from '@atoll/deploy'
import type { Palette } from './palette.ts'
import { nameTask } from './task-name.ts'
import { renderMoment } from './time.ts'

interface Options {
  readonly hasTime: boolean
  readonly palette: Palette
}

const colours = ['cyan', 'green', 'magenta', 'blue', 'yellow'] as const

/** Renders lines of many tasks so that they can be told apart: each service has its colour, each line task and node. */
export const createLogRenderer = ({ hasTime, palette }: Options): ((line: NamedLogLine) => string) => {
  const colourOf = new Map<string, (typeof colours)[number]>()
  let width = 0
  return (line) => {
    const colour = colourOf.get(line.service) ?? colours[colourOf.size % colours.length] ?? 'cyan'
    colourOf.set(line.service, colour)
    const node = line.nodeId === undefined ? '' : ` ${line.node ?? line.nodeId}`
    // The engine itself speaks of the whole service.
    const source = line.taskId === '' ? line.service : `${nameTask(line)}${node}`
    width = Math.max(width, source.length)
    const at = hasTime ? `${palette.dim(renderMoment(line.atMs))} ` : ''
    const mark = line.stream === 'stderr' ? palette.red('│') : palette.dim('│')
    return `${at}${palette[colour](source.padEnd(width))} ${mark} ${line.text}\n`
  }
}
