import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/**
 * Starts `atoll ARGS` in a session of its own, so that neither Ctrl-C nor a closed terminal reaches it. `input` goes
 * to its standard input, because arguments can be read by everybody on the machine. Resolves once it has taken it.
 */
export const startDetached = async (args: readonly string[], input: string): Promise<void> => {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, ...args], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  await once(child, 'spawn')
  await new Promise<void>((resolve, reject) => {
    child.stdin.once('error', reject)
    child.stdin.end(input, resolve)
  })
  child.unref()
}
