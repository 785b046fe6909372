import { readFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { Cli, Input, Output } from './cli.ts'
import { readConfig } from './config.ts'
import { watchInterrupts } from './interrupts.ts'
import { createPalette } from './terminal/palette.ts'

/** Wires the process to what commands use. Engines and documents are opened only by the commands that need them. */
export const openCli = (process: NodeJS.Process): Cli => {
  const config = readConfig(process)
  const signal = watchInterrupts(process)
  const stdout = createOutput(process.stdout, { hasColor: config.hasColor.stdout, isTerminal: isatty(1) })
  const stderr = createOutput(process.stderr, { hasColor: config.hasColor.stderr, isTerminal: isatty(2) })
  return {
    process: { stdout: process.stdout, stderr: process.stderr, env: process.env },
    config,
    stdout,
    stderr,
    hasSpoken: () => process.stdout.bytesWritten + process.stderr.bytesWritten > 0,
    stdin: createInput(process.stdin),
    clock: { now: () => Date.now() },
    signal,
    connect: async (engines = [], options = {}) =>
      (await import('./direct/open-engine.ts')).openEngine({ engines, config }, options),
    openServer: async (login) => {
      const { openLocal, openSsh } = await import('@atoll/server')
      return login === undefined ? openLocal() : openSsh(login, signal)
    },
    confirm: async (question) => (await import('./confirm.ts')).confirm(question),
    askText: async (question) => (await import('./ask.ts')).askText(question),
    askSecret: async (question) => (await import('./ask.ts')).askSecret(question),
    startDetached: async (args, input) => (await import('./direct/start-detached.ts')).startDetached(args, input),
  }
}

const createOutput = (
  stream: NodeJS.WriteStream,
  { hasColor, isTerminal }: { readonly hasColor: boolean; readonly isTerminal: boolean },
): Output => ({
  write: (chunk) => void stream.write(chunk),
  palette: createPalette(hasColor),
  isTerminal,
  columns: () => stream.columns || 100,
  rows: () => stream.rows || 40,
  onResize: (listener, signal) => {
    stream.on('resize', listener)
    signal.addEventListener('abort', () => stream.off('resize', listener), { once: true })
  },
})

const standardInput = 0

const createInput = (stream: NodeJS.ReadStream): Input => ({
  isTerminal: isatty(standardInput),
  readBytes: () => readFileSync(standardInput),
  chunks: (options) => readChunks(stream, options),
})

async function* readChunks(
  stream: NodeJS.ReadStream,
  { isRaw, signal }: { readonly isRaw: boolean; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  if (isRaw) stream.setRawMode(true)
  const stop = (): void => void stream.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of stream) yield chunk
  } finally {
    signal.removeEventListener('abort', stop)
    if (isRaw) stream.setRawMode(false)
  }
}
