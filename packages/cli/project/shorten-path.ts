import { relative } from 'node:path'

/** Short where the file is below the folder the person is in, so that it can be read and opened from there. */
export const shortenPath = (path: string, workingDir: string): string => {
  if (!path.startsWith('/')) return path
  const short = relative(workingDir, path)
  return short.startsWith('..') ? path : short
}
