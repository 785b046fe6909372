import type { KeyValues } from '@atoll/backup'
import type { Context } from '@atoll/deploy'
import { z } from 'zod'
import { CommandError } from '../errors.ts'

const shape = z.object({ authority: z.string(), seals: z.string(), agents: z.string() })

/** Runs in a control's container; what it prints goes through the engine's connection into this process and nowhere else. */
const program = `
const read = (name) => require('node:fs').readFileSync('/run/secrets/' + name, 'utf8')
process.stdout.write(JSON.stringify({ authority: read('authority'), seals: read('seals'), agents: read('agents') }))
`
const argv = ['/atoll/node', '--eval', program]

/** Of the first control that gives them. CommandError `keys-not-read`. */
export const readKeys = async ({ engine }: Pick<Context, 'engine'>, signal: AbortSignal): Promise<KeyValues> => {
  const ref = { app: 'atoll', environment: 'system' }
  const { services } = await engine.observe(ref, signal)
  const tasks = services
    .filter(({ isOwned, definition }) => isOwned && definition?.name === 'control')
    .flatMap((service) => service.tasks.filter(({ state, desired }) => state === 'running' && desired === 'running'))
  const troubles: string[] = []
  for (const { id } of tasks) {
    const said: Uint8Array[] = []
    const told: Uint8Array[] = []
    const request = { taskId: id, argv, environment: {}, stdout: push(said), stderr: push(told) }
    // Of a control whose engine is not reached from here the next one is asked.
    const status = await engine.exec(request, signal).catch((error: unknown) => String(error))
    const parsed = status === 0 ? shape.safeParse(parse(Buffer.concat(said).toString())) : undefined
    if (parsed?.success === true) return parsed.data
    troubles.push(typeof status === 'string' ? status : Buffer.concat(told).toString().trim().slice(0, 300))
  }
  throw new CommandError(
    'keys-not-read',
    `read the keys of the platform: no control gave them: ${troubles.join('; ')}`,
    {
      hint: 'name the engine of a manager that runs a control with --engine, or sign in and let a control make the backup',
    },
  )
}

const push =
  (into: Uint8Array[]) =>
  (bytes: Uint8Array): void =>
    void into.push(bytes)

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // Its message would quote the keys.
    return undefined
  }
}
