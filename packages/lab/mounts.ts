import { readFile } from 'node:fs/promises'

/** Mount points at a path or below it, the last mounted first. */
export const findMounts = async (path: string): Promise<string[]> => {
  const text = await readFile('/proc/self/mountinfo', 'utf8')
  const points = text.split('\n').map((line) => (line.split(' ')[4] ?? '').replaceAll(String.raw`\040`, ' '))
  return points.filter((point) => point === path || point.startsWith(`${path}/`)).toReversed()
}
