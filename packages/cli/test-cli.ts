import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Server, SshLogin } from '@atoll/server'
import { openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import type { ImageStore, Recovery } from '@atoll/engine/swarm'
import { buildApp } from './app.ts'
import type { Cli, Output } from './cli.ts'
import { InterruptedError } from './errors.ts'
import { run } from './run.ts'
import { createTestImages } from './system/test-images.ts'
import { createPalette } from './terminal/palette.ts'

export interface Result {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A folder, a swarm in memory, and the command line on top: what tests of commands are written against. */
export interface TestCli extends Disposable {
  readonly folder: string
  readonly engine: Stage['engine']
  readonly documents: Stage['documents']
  /** The whole of that swarm, for a control beside it. */
  readonly stage: Stage
  /** Command lines that were started in the background, with their input. */
  readonly detached: { readonly args: readonly string[]; readonly input: string }[]
  readonly write: (name: string, content: string) => void
  readonly run: (words: readonly string[], options?: RunOptions) => Promise<Result>
}

interface RunOptions {
  /** Ctrl-C is pressed when this is read on standard error. */
  readonly interruptAt?: string
  /** Called whenever this is read on standard error. */
  readonly meanwhile?: { readonly at: string; readonly run: () => void }
  /** Called with each line on standard output, and with what presses Ctrl-C. */
  readonly onLine?: (line: string, interrupt: () => void) => void
  readonly input?: string
  readonly isTerminal?: boolean
  readonly hasColor?: boolean
  readonly variables?: Readonly<Record<string, string>>
  readonly answer?: boolean
  /** Texts a person types, in order, when asked for some. */
  readonly answers?: readonly string[]
  readonly owner?: string
  /** Images of the nodes; no engine is reached otherwise. */
  readonly images?: ImageStore
  /** Engines as they are by themselves. */
  readonly recoveries?: readonly Recovery[]
  /** The one that every login leads to, or the one of a login. */
  readonly server?: Server | ((login?: SshLogin) => Server)
  /** Answers come over a network, in real time: that of the stage stands still. */
  readonly isServed?: boolean
}

export const openTestCli = (files: Readonly<Record<string, string>> = {}): TestCli => {
  const folder = mkdtempSync(join(tmpdir(), 'atoll-cli-'))
  const stage = openStage()
  const world: World = { folder, stage, detached: [] }
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content)
  for (const [name, content] of Object.entries(files)) write(name, content)
  return {
    folder,
    engine: stage.engine,
    documents: stage.documents,
    stage,
    detached: world.detached,
    write,
    run: async (words, options = {}) => {
      const ctrlC = new AbortController()
      const interrupt = (): void => ctrlC.abort(new InterruptedError('interrupted'))
      const out = capture(options, (text) => options.onLine?.(text, interrupt))
      const err = capture(options, (text) => {
        if (options.interruptAt && text.includes(options.interruptAt)) interrupt()
        if (options.meanwhile && text.includes(options.meanwhile.at)) options.meanwhile.run()
      })
      // Loading modules takes real time, in which hours of the stage's would pass.
      await Promise.all([
        buildApp(words),
        import('./direct/open-direct.ts'),
        import('./direct/hand-over.ts'),
        import('./platform/open-platform.ts'),
      ])
      const work = run(words, createCli(world, { options, out, err, signal: ctrlC.signal }))
      const status = await (options.isServed ? work : stage.settle(work))
      return { status, stdout: out.text(), stderr: err.text() }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

interface World extends Pick<TestCli, 'folder' | 'detached'> {
  readonly stage: Stage
}

interface Streams {
  readonly options: RunOptions
  readonly out: Capture
  readonly err: Capture
  readonly signal: AbortSignal
}

const createCli = ({ folder, stage, detached }: World, { options, out, err, signal }: Streams): Cli => {
  const { input = '', isTerminal = false, owner = 'ann@laptop' } = options
  const answers = [...(options.answers ?? [])]
  const bytes = new TextEncoder().encode(input)
  const context = stage.createContext(owner)
  return {
    process: { stdout: out.output, stderr: err.output },
    config: {
      variables: options.variables ?? {},
      workingDir: folder,
      configDir: join(folder, '.config'),
      owner,
      hasColor: { stdout: options.hasColor ?? false, stderr: options.hasColor ?? false },
    },
    stdout: out.output,
    stderr: err.output,
    hasSpoken: () => out.text() + err.text() !== '',
    stdin: {
      isTerminal,
      readBytes: () => bytes,
      chunks: async function* () {
        yield bytes
      },
    },
    clock: stage.clock,
    signal,
    connect: async () => ({
      context,
      archive: stage.documents.archive,
      name: 'the fake engine',
      engines: ['fake'],
      images: options.images ?? createTestImages([]),
      recoveries: () => options.recoveries ?? [],
      [Symbol.asyncDispose]: async () => {},
    }),
    openServer: async (login) => {
      if (options.server === undefined) throw new Error('this test has no server')
      return typeof options.server === 'function' ? options.server(login) : options.server
    },
    confirm: async () => options.answer ?? false,
    askText: async () => answers.shift(),
    askSecret: async () => answers.shift(),
    startDetached: async (args, text) => void detached.push({ args, input: text }),
  }
}

interface Capture {
  readonly output: Output
  readonly text: () => string
}

const capture = (
  { isTerminal = false, hasColor = false }: RunOptions,
  onText: (text: string) => void = () => {},
): Capture => {
  const chunks: string[] = []
  const decoder = new TextDecoder()
  return {
    text: () => chunks.join(''),
    output: {
      write: (chunk) => {
        chunks.push(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
        onText(chunks.at(-1) ?? '')
      },
      palette: createPalette(hasColor),
      isTerminal,
      columns: () => 100,
      rows: () => 40,
      onResize: () => {},
    },
  }
}
