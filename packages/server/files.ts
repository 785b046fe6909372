import { runWell } from './run-well.ts'
import type { Server } from './server.ts'

/** What a file on the server holds; empty where there is none. */
export async function readText(server: Server, path: string, signal: AbortSignal): Promise<string> {
  const { status, stdout } = await server.run(['cat', path], { signal })
  return status === 0 ? stdout : ''
}

interface Written {
  readonly path: string
  readonly text: string
  /** As chmod(1) takes it; of a new file. */
  readonly mode: string
}

/** In one step: who reads it, or is cut off, sees the old or the new. */
export async function writeText(server: Server, { path, text, mode }: Written, signal: AbortSignal): Promise<void> {
  const fresh = `${path}.atoll-new`
  const doing = `write ${path}`
  await runWell(server, ['tee', fresh], { doing, signal, input: text })
  await runWell(server, ['chmod', mode, fresh], { doing, signal })
  await runWell(server, ['mv', '-f', fresh, path], { doing, signal })
}
