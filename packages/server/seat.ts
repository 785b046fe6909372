import { createHash, randomBytes } from 'node:crypto'
import type { Place } from './ask.ts'
import { readText, writeFile } from './files.ts'

/** Root's alone. */
const path = '/var/lib/atoll/seat'

/**
 * A secret of this server's own, which it sends with the token of an invitation: the first to come with one keeps others out, and
 * may come again. Of each token it is another, and it is kept before anybody hears of it.
 */
export const takeSeat = async (place: Place, token: string): Promise<string> => {
  const mark = createHash('sha256').update(token).digest('hex').slice(0, 32)
  const [known, kept = ''] = (await readText(place, path)).trim().split(' ')
  if (known === mark && kept !== '') return kept
  const seat = randomBytes(32).toString('base64url')
  const bytes = new TextEncoder().encode(`${mark} ${seat}\n`)
  await writeFile(place, path, { bytes, owner: 'root', group: 'root', mode: '600' })
  return seat
}
