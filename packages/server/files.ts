import { ask, order } from './ask.ts'
import type { Place } from './ask.ts'

interface Written {
  readonly bytes: Uint8Array
  readonly owner: string
  readonly group: string
  /** As chmod(1) takes it. */
  readonly mode: string
  /** What runs the programs as somebody else. */
  readonly as?: readonly string[]
}

/**
 * Writes a file beside its place and moves it there, so that nobody ever reads half of it, and what was a link is none
 * afterwards. It has its owner and mode before it has content, and its folder is made where there is none.
 */
export const writeFile = async (
  place: Place,
  path: string,
  { bytes, owner, group, mode, as = [] }: Written,
): Promise<void> => {
  const beside = `${path}.atoll-new`
  // As another user there is nothing to be given away.
  const owned = as.length > 0 ? [] : [`--owner=${owner}`, `--group=${group}`]
  await order(place, [...as, 'install', '-D', ...owned, `--mode=${mode}`, '/dev/null', beside])
  await order(place, [...as, 'dd', `of=${beside}`, 'conv=notrunc,fsync', 'status=none'], { input: bytes })
  await order(place, [...as, 'mv', '--no-target-directory', '--', beside, path])
}

/** A file of root's: one that others may read, one they may also run, or one that only root may run. */
export const writeText = (
  place: Place,
  path: string,
  text: string,
  mode: '644' | '755' | '700' = '644',
): Promise<void> =>
  writeFile(place, path, { bytes: new TextEncoder().encode(text), owner: 'root', group: 'root', mode })

/** What a file on the server holds; empty where there is none. */
export const readText = async (place: Place, path: string): Promise<string> => {
  const { status, stdout } = await ask(place, ['cat', path])
  return status === 0 ? stdout : ''
}
