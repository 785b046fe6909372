import { ask, order } from '../ask.ts'
import type { Place } from '../ask.ts'
import { ServerError } from '../errors.ts'

/** Another after each boot: the kernel's own, and when the first process began, as containers share the first. */
export const readBootMark = async (place: Place): Promise<string> => {
  const id = await order(place, ['cat', '/proc/sys/kernel/random/boot_id'])
  const stat = await order(place, ['cat', '/proc/1/stat'])
  // proc(5): the name of the program stands in brackets and may hold anything; the 22nd field is when it began.
  const began = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  return `${id.trim()} ${began}`
}

/** Begins it in order; the connection may end before there is an answer. ServerError `command-failed` where it cannot be done. */
export const rebootServer = async (
  place: Place,
  { hasServiceManager }: { readonly hasServiceManager: boolean },
): Promise<void> => {
  const argv = hasServiceManager ? ['systemctl', 'reboot'] : ['reboot']
  try {
    const { status, stderr } = await ask(place, argv)
    if (status === 0) return
    throw new ServerError(`${place.server.name}: reboot it: ${stderr.trim()}`, {
      code: 'command-failed',
      retry: true,
      hint: 'reboot it by hand, then run the same once more; or --reboot never',
    })
  } catch (error) {
    const isGone = error instanceof ServerError && (error.code === 'unreachable' || error.code === 'timed-out')
    if (!isGone) throw error
  }
}
