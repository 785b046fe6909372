import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { makeBundle } from '@atoll/cli/bundle'

export const root = join(import.meta.dirname, '..')
export const bin = join(root, 'bin/atoll')
export const regatta = join(root, 'examples/regatta')

/** Makes the command line start faster, until the next change of its sources: bin/atoll falls back to them. */
export async function bundleAtoll(): Promise<void> {
  await makeBundle({ root, program: join(root, 'packages/cli/main.ts') })
}

/** Runs the command line as a person would, on this terminal; resolves with its exit status. */
export function runAtoll(args: readonly string[], cwd = root): Promise<number> {
  const child = spawn(bin, args, { cwd, stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 130))
  })
}

/**
 * Runs it and parses the JSON it prints; what it says meanwhile, and why it fails, goes to this terminal. When it fails
 * this program ends with its status.
 */
export async function readAtoll(args: readonly string[], cwd = root): Promise<unknown> {
  const child = spawn(bin, [...args, '--json'], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 130))
  })
  if (status !== 0) process.exit(status)
  return JSON.parse(stdout)
}
