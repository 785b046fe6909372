import { ask, order } from '../../ask.ts'
import type { Place } from '../../ask.ts'
import { fstabPath, isSwapLine, mountsAt, swapPath } from '../observe/mounts.ts'
import type { WantedMount } from '../wanted.ts'
import { writeText } from '../../files.ts'

/** The line of fstab first: what is mounted without one is gone after a boot, and nobody knows. */
export const mount = async (place: Place, path: string, { device, type, options }: WantedMount): Promise<void> => {
  // Only what is on a disk of its own is looked through at boot (fstab(5), sixth field).
  const pass = /^\/dev\/|=/.test(device) && type !== 'none' ? 2 : 0
  await replaceLine(place, (line) => mountsAt(line, path), `${device} ${path} ${type} ${options} 0 ${pass}`)
  if ((await ask(place, ['mountpoint', '--quiet', path])).status === 0) return
  await order(place, ['mkdir', '--parents', '--', path])
  await order(place, ['mount', path])
}

export const unmount = async (place: Place, path: string): Promise<void> => {
  if ((await ask(place, ['mountpoint', '--quiet', path])).status === 0) await order(place, ['umount', path])
  await replaceLine(place, (line) => mountsAt(line, path))
}

/** Made anew whatever is left of an earlier one, which may have been killed halfway. */
export const makeSwap = async (place: Place, sizeBytes: number): Promise<void> => {
  await takeSwapAway(place)
  await order(place, ['install', '--mode=600', '/dev/null', swapPath])
  await order(place, ['fallocate', `--length=${sizeBytes}`, swapPath], { timeoutMs: 300_000 })
  await order(place, ['mkswap', swapPath])
  await order(place, ['swapon', swapPath])
  await replaceLine(place, isSwapLine, `${swapPath} none swap sw 0 0`)
}

export const removeSwap = async (place: Place): Promise<void> => {
  await replaceLine(place, isSwapLine)
  await takeSwapAway(place)
}

/** What is in it goes back to memory before; where that has no room, swapoff(8) fails and nothing is changed. */
const takeSwapAway = async (place: Place): Promise<void> => {
  const active = (await ask(place, ['swapon', '--show=NAME', '--noheadings', '--raw'])).stdout.split('\n')
  if (active.includes(swapPath)) await order(place, ['swapoff', swapPath], { timeoutMs: 600_000 })
  await order(place, ['rm', '--force', '--', swapPath])
}

/** Every other line of fstab stays as it is. */
const replaceLine = async (place: Place, isIt: (line: string) => boolean, line?: string): Promise<void> => {
  const { status, stdout } = await ask(place, ['cat', fstabPath])
  const lines = (status === 0 ? stdout : '').split('\n')
  const kept = lines.filter((each) => !isIt(each))
  // The last is empty, because the text ends a line.
  const text = [...(kept.at(-1) === '' ? kept.slice(0, -1) : kept), ...(line === undefined ? [] : [line])].map(
    (each) => `${each}\n`,
  )
  await writeText(place, fstabPath, text.join(''))
}
