import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { CommandError } from '../errors.ts'

/** Gives a file another text, whole or not at all; refused when it is not what was read before. Throws CommandError. */
export const replaceFile = async (
  path: string,
  { before, text }: { readonly before: string; readonly text: string },
): Promise<void> => {
  const target = await realpath(path)
  const { mode } = await stat(target)
  const draft = `${target}.${randomUUID()}`
  try {
    await writeFile(draft, text, { mode: mode & 0o777, flag: 'wx' })
    // Nothing waits between this look and the renaming but the system itself.
    if (readFileSync(target, 'utf8') !== before) {
      throw new CommandError('changed', `write ${path}: it changed while it was read; nothing was written`, {
        hint: 'try again',
      })
    }
    await rename(draft, target)
  } finally {
    await rm(draft, { force: true })
  }
}
