import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Configuration } from './table.ts'

/** Writes all files of a configuration into a folder, made if need be; gives the path of `haproxy.cfg`. */
export const writeConfiguration = async (folder: string, { text, files }: Configuration): Promise<string> => {
  const path = join(folder, 'haproxy.cfg')
  for (const [name, content] of [...Object.entries(files), ['haproxy.cfg', text] as const]) {
    await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 })
    // Hashes of passwords stand in there.
    await writeFile(join(folder, name), content, { mode: 0o600 })
  }
  return path
}
