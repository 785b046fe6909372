import { open } from 'node:fs/promises'
import { CommandError } from '../errors.ts'

/** A new file that this user alone may read: one that is there may be all that is left of something. CommandError `not-written`. */
export const writeSecretFile = async (path: string, text: string): Promise<void> => {
  try {
    await using file = await open(path, 'wx', 0o600)
    await file.writeFile(text)
    await file.sync()
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new CommandError('not-written', `write ${path}: ${said}`, { hint: 'give the name of a new file', cause })
  }
}
