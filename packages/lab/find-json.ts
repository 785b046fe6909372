import { readFile } from 'node:fs/promises'

/** Content of a JSON file; undefined when it is absent, or was cut short by a crash of the machine. */
export const findJson = async (file: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return undefined
  }
}
