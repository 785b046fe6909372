import { spawn } from 'node:child_process'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')
export const bin = join(root, 'bin/atoll')
export const regatta = join(root, 'examples/regatta')

/** Runs the command line as a person would, on this terminal; resolves with its exit status. */
export function runAtoll(args: readonly string[], cwd = root): Promise<number> {
  const child = spawn(bin, args, { cwd, stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 130))
  })
}

/** Runs it and parses the JSON it prints. Throws with what it said when it fails. */
export function readAtoll(args: readonly string[], cwd = root): Promise<unknown> {
  const child = spawn(bin, [...args, '--json'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(stdout))
      else reject(new Error(`atoll ${args.join(' ')}: exit status ${code}: ${stderr}`))
    })
  })
}
