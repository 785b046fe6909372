import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { GivenTable } from './door.ts'

const fileIn = (folder: string): string => join(folder, 'table.json')

/** The last table that was served; undefined when there is none, or none that can be read. */
export const readKeptTable = async (folder: string): Promise<GivenTable | undefined> => {
  try {
    const { version, networks, table } = JSON.parse(await readFile(fileIn(folder), 'utf8')) as GivenTable
    return { version, networks, table }
  } catch {
    return undefined
  }
}

/** Whole or not at all, also when the power fails meanwhile. Keys of certificates are in it. */
export const keepTable = async (folder: string, given: GivenTable): Promise<void> => {
  const next = `${fileIn(folder)}.next`
  const file = await open(next, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(given))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, fileIn(folder))
}
