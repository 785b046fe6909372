import type { Mount } from '../app.ts'
import { parseByteSize } from '../compose/units.ts'
import { defined } from './defined.ts'
import { refuse, warn, type Source } from './source.ts'

/** Flags a Swarm tmpfs has by itself, or that change nothing. */
const given: ReadonlySet<string> = new Set(['rw', 'noexec', 'nosuid', 'nodev', 'async', 'relatime', 'rprivate'])

/** Compose's short form of a tmpfs: `/run`, `/tmp:size=64m,mode=1777`. */
export const tmpfsOfText = (source: Source, text: string): Mount => {
  const [target = '', options = ''] = text.split(':', 2)
  let sizeBytes: number | undefined
  let mode: number | undefined
  let isReadOnly = false
  for (const option of options.split(',').filter((option) => option !== '')) {
    const [name = '', value = ''] = option.split('=', 2)
    if (name === 'size') sizeBytes = sizeOf(source, value)
    else if (name === 'mode') mode = Number.parseInt(value, 8)
    else if (name === 'ro') isReadOnly = true
    else if (name === 'exec' || name === 'suid' || name === 'dev') {
      refuse(source, `Swarm cannot mount a tmpfs with ${name}`, 'use a volume')
    } else if (!given.has(name)) warn(source, `Swarm's tmpfs has no option ${name}`)
  }
  return defined({ kind: 'tmpfs' as const, target, isReadOnly, sizeBytes: sizeBytes || undefined, mode })
}

const sizeOf = (source: Source, text: string): number | undefined => {
  const parsed = parseByteSize(text)
  if (parsed.kind === 'ok') return parsed.value
  return refuse(source, parsed.message, 'write a size such as 64m')
}
