import { expect, test } from 'vitest'
import { createLogRenderer } from './log-line.ts'
import { createPalette } from './palette.ts'

const line = {
  service: 'web',
  taskId: 't',
  slot: 2,
  nodeId: 'n1',
  node: 'node-1',
  stream: 'stdout',
  atMs: 0,
  text: 'hello',
} as const

test('each line says which task on which node', () => {
  const render = createLogRenderer({ hasTime: false, palette: createPalette(false) })
  expect(render(line)).toBe('web.2 node-1 │ hello\n')
  const { node: _, ...unnamed } = line
  expect(render({ ...unnamed, service: 'db', slot: 1, nodeId: 'gone' })).toBe('db.1 gone    │ hello\n')
})

test('what the engine says of a service is of no task', () => {
  const render = createLogRenderer({ hasTime: false, palette: createPalette(false) })
  const said = { service: 'web', taskId: '', stream: 'stderr', atMs: 0, text: 'lines are missing' } as const
  expect(render(said)).toBe('web │ lines are missing\n')
})

test('services differ in colour', () => {
  const render = createLogRenderer({ hasTime: false, palette: createPalette(true) })
  const colourOf = (service: string): string => render({ ...line, service }).slice(0, 5)
  expect(colourOf('web')).not.toBe(colourOf('db'))
  expect(colourOf('web')).toBe(colourOf('web'))
})
