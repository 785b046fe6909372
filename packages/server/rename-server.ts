import { order } from './ask.ts'
import type { Place } from './ask.ts'
import { readText, writeText } from './files.ts'

/** Its hostname from now on, and at each boot; a Swarm hears of it within half a minute. */
export async function renameServer(place: Place, name: string): Promise<void> {
  await writeText(place, '/etc/hostname', `${name}\n`)
  await order(place, ['hostname', name], { doing: `name it ${name}` })
  const hosts = await readText(place, '/etc/hosts')
  if (hosts.split(/\s+/).includes(name)) return
  await writeText(place, '/etc/hosts', `${hosts.trimEnd()}\n127.0.1.1 ${name}\n`)
}
