import { order } from '../ask.ts'
import type { Place } from '../ask.ts'
import type { WantedFile } from '../wanted.ts'

type Written = Pick<WantedFile, 'bytes' | 'owner' | 'group' | 'mode'>

/**
 * Writes a file beside its place and moves it there, so that nobody ever reads half of it, and what was a link is none
 * afterwards. It has its owner and mode before it has content. `as` is what runs the programs as somebody else.
 */
export const writeFile = async (
  place: Place,
  path: string,
  { bytes, owner, group, mode, as = [] }: Written & { readonly as?: readonly string[] },
): Promise<void> => {
  const beside = `${path}.atoll-new`
  // As another user there is nothing to be given away.
  const owned = as.length > 0 ? [] : [`--owner=${owner}`, `--group=${group}`]
  await order(place, [...as, 'install', '-D', ...owned, `--mode=${mode}`, '/dev/null', beside])
  await order(place, [...as, 'dd', `of=${beside}`, 'conv=notrunc,fsync', 'status=none'], { input: bytes })
  await order(place, [...as, 'mv', '--no-target-directory', '--', beside, path])
}

/** A file of root's that others may read. */
export const writeText = (place: Place, path: string, text: string): Promise<void> =>
  writeFile(place, path, { bytes: new TextEncoder().encode(text), owner: 'root', group: 'root', mode: '644' })
