import type { Place } from './ask.ts'
import type { Ran, RunOptions } from './server.ts'

/** What a program does there, by its argv without what env(1) is told; undefined: as programs that write files do. */
type Program = (argv: readonly string[]) => Ran | undefined

export interface TestPlace extends Place {
  /** By their paths. */
  readonly files: Map<string, string>
}

export const say = (stdout: string, { status = 0, stderr = '' } = {}): Ran => ({ status, stdout, stderr })

/** For tests: a server of which there are the files alone, and what a test says. */
export const openTestPlace = (program: Program = () => undefined): TestPlace => {
  const files = new Map<string, string>()
  const run = async (given: readonly string[], options?: RunOptions): Promise<Ran> => {
    const argv = given.slice(given.findIndex((word, at) => at > 0 && !word.includes('=')))
    return program(argv) ?? write(files, argv, options)
  }
  return { files, server: { name: 'root@a', run }, signal: new AbortController().signal }
}

const write = (files: Map<string, string>, argv: readonly string[], options: RunOptions = {}): Ran => {
  const last = argv.at(-1) ?? ''
  switch (argv[0]) {
    case 'cat':
      return files.has(last) ? say(files.get(last) ?? '') : say('', { status: 1 })
    case 'dd':
      files.set(argv[1]?.slice('of='.length) ?? '', Buffer.from(options.input ?? '').toString())
      return say('')
    case 'mv':
      files.set(last, files.get(argv.at(-2) ?? '') ?? '')
      files.delete(argv.at(-2) ?? '')
      return say('')
    case 'rm':
      files.delete(last)
      return say('')
    default:
      return say('')
  }
}
