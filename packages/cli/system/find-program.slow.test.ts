import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { findProgram, haproxy, lego } from './find-program.ts'

const listOwn = (): readonly string[] => (process.report.getReport() as { sharedObjects: string[] }).sharedObjects
const loader = listOwn().find((path) => path.includes('/ld-')) ?? ''

it.each([
  [haproxy, ['libc.so.6', 'libssl.so.3']],
  [lego, ['libc.so.6']],
])('$name is found with every library it is linked against', async (wanted, libraries) => {
  await using found = await findProgram(wanted, loader)
  const { stdout } = await promisify(execFile)(found.program, [wanted.versionFlag])
  expect(stdout).toContain('version')
  expect([...found.libraries.keys()].map((path) => path.replace(/.*\//, ''))).toEqual(expect.arrayContaining(libraries))
  for (const here of found.libraries.values()) await access(here)
})
