import { readFileSync, readlinkSync } from 'node:fs'
import type { ProcessTable } from '@atoll/deploy'

/**
 * Linux tells processes apart over restarts: by this start of the machine, the process namespace, the number, and the
 * moment the process began (proc(5), stat field 22). Undefined on a system without /proc.
 */
export const openProcessTable = (): ProcessTable | undefined => {
  const here = findWorld()
  const began = findBeginning('self')
  if (here === undefined || began === undefined) return undefined
  return {
    own: [here, process.pid, began].join('/'),
    isGone: (other) => {
      const [pid, start, ...rest] = other.startsWith(`${here}/`) ? other.slice(here.length + 1).split('/') : []
      return pid !== undefined && rest.length === 0 && /^\d+$/.test(pid) && findBeginning(pid) !== start
    },
  }
}

const findWorld = (): string | undefined =>
  attempt(
    () => `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${readlinkSync('/proc/self/ns/pid')}`,
  )

/** Behind the program's name, which may hold spaces and parentheses, the 20th field; undefined when there is no such process. */
const findBeginning = (pid: string): string | undefined =>
  attempt(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended; only its parent has not looked yet.
    return fields[0] === 'Z' ? undefined : fields[19]
  })

const attempt = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}
