import { readText, writeText } from './files.ts'
import { runWell } from './run-well.ts'
import type { Server } from './server.ts'

/** Its hostname from now on, and at each boot; a Swarm hears of it within half a minute. */
export async function renameServer(server: Server, name: string, signal: AbortSignal): Promise<void> {
  await writeText(server, { path: '/etc/hostname', text: `${name}\n`, mode: '644' }, signal)
  await runWell(server, ['hostname', name], { doing: `name it ${name}`, signal })
  const hosts = await readText(server, '/etc/hosts', signal)
  if (hosts.split(/\s+/).includes(name)) return
  const text = `${hosts.trimEnd()}\n127.0.1.1 ${name}\n`
  await writeText(server, { path: '/etc/hosts', text, mode: '644' }, signal)
}
