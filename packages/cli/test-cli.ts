import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFakeEngine } from '@atoll/engine/fake'
import type { FakeEngine } from '@atoll/engine/fake'
import { createMemoryDocuments } from '@atoll/store/memory'
import type { Documents } from '@atoll/store'
import type { Cli, Output } from './cli.ts'
import { run } from './run.ts'
import { createPalette } from './terminal/palette.ts'

export interface Result {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A folder, a swarm in memory, and the command line on top: what tests of commands are written against. */
export interface TestCli extends Disposable {
  readonly folder: string
  readonly engine: FakeEngine
  readonly documents: Documents
  /** Command lines that were started in the background, with their input. */
  readonly detached: { readonly args: readonly string[]; readonly input: string }[]
  readonly write: (name: string, content: string) => void
  readonly run: (words: readonly string[], options?: RunOptions) => Promise<Result>
}

interface RunOptions {
  readonly signal?: AbortSignal
  readonly input?: string
  readonly isTerminal?: boolean
  readonly hasColor?: boolean
  readonly variables?: Readonly<Record<string, string>>
  readonly answer?: boolean
  readonly owner?: string
}

export const openTestCli = (files: Readonly<Record<string, string>> = {}): TestCli => {
  const folder = mkdtempSync(join(tmpdir(), 'atoll-cli-'))
  const engine = openFakeEngine()
  const world: World = { folder, engine, documents: createMemoryDocuments(engine), detached: [] }
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content)
  for (const [name, content] of Object.entries(files)) write(name, content)
  return {
    ...world,
    write,
    run: async (words, options = {}) => {
      const out = capture(options)
      const err = capture(options)
      const status = await run(words, createCli(world, { options, out, err }))
      return { status, stdout: out.text(), stderr: err.text() }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

type World = Pick<TestCli, 'folder' | 'engine' | 'documents' | 'detached'>

interface Streams {
  readonly options: RunOptions
  readonly out: Capture
  readonly err: Capture
}

const createCli = ({ folder, engine, documents, detached }: World, { options, out, err }: Streams): Cli => {
  const { signal = new AbortController().signal, input = '', isTerminal = false, owner = 'ann@laptop' } = options
  const { now } = engine.clock
  const bytes = new TextEncoder().encode(input)
  const wait = async (ms: number, until: AbortSignal): Promise<void> => {
    until.throwIfAborted()
    engine.tick(ms)
  }
  let tokens = 0
  const context = { engine, documents, clock: { now, wait }, owner, newToken: () => `${owner}-${++tokens}` }
  return {
    process: { stdout: out.output, stderr: err.output },
    config: {
      variables: options.variables ?? {},
      workingDir: folder,
      owner,
      hasColor: { stdout: options.hasColor ?? false, stderr: options.hasColor ?? false },
    },
    stdout: out.output,
    stderr: err.output,
    stdin: {
      isTerminal,
      readBytes: () => bytes,
      chunks: async function* () {
        yield bytes
      },
    },
    clock: { now },
    signal,
    connect: async () => ({
      context,
      name: 'the fake engine',
      engines: ['fake'],
      [Symbol.asyncDispose]: async () => {},
    }),
    confirm: async () => options.answer ?? false,
    startDetached: async (args, text) => void detached.push({ args, input: text }),
  }
}

interface Capture {
  readonly output: Output
  readonly text: () => string
}

const capture = ({ isTerminal = false, hasColor = false }: RunOptions): Capture => {
  const chunks: string[] = []
  const decoder = new TextDecoder()
  return {
    text: () => chunks.join(''),
    output: {
      write: (chunk) => void chunks.push(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })),
      palette: createPalette(hasColor),
      isTerminal,
      columns: () => 100,
      rows: () => 40,
      onResize: () => {},
    },
  }
}
