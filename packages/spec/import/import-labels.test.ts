import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadTexts } from '../compose/load-texts.ts'
import { hasErrors } from '../problem.ts'
import { toApp } from '../to-app.ts'
import { importLabels } from './import-labels.ts'

const folder = join(import.meta.dirname, 'fixtures')
const names = globSync('*.compose', { cwd: folder }).toSorted()

/** Errors of our own reading. */
const readOurselves = (text: string): readonly string[] => {
  const { project, problems } = loadTexts({ 'compose.yaml': text }, { variables: { DOMAIN: 'd.example.org' } })
  const all = project === undefined ? problems : toApp(project, { environment: 'production' }).problems
  return hasErrors(all) ? all.map(({ key, message }) => `${key}: ${message}`) : []
}

describe.each(names)('%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8')
  const { text: imported, problems } = importLabels(text, 'compose.yaml')

  test('becomes routes, and what does not is told', async () => {
    const told = problems.map(
      ({ severity, line, column, key, message, hint }) =>
        `${line}:${column} ${severity} ${key}: ${message}\n  ${hint ?? ''}`,
    )
    await expect(`${imported}---\n${told.join('\n')}\n`).toMatchFileSnapshot(
      join(folder, name.replace('.compose', '.imported')),
    )
  })

  test('is a file that we read', () => {
    expect(readOurselves(imported)).toEqual(readOurselves(text))
  })

  test('is done when it was done', () => {
    expect(importLabels(imported, 'compose.yaml').text).toBe(imported)
  })
})
