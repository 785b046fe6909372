import type { Documents } from '@atoll/store'
import { EngineError } from '@atoll/engine'
import { z } from 'zod'

const texts = z.array(z.string()).default([])

/** What an owner allowed an app beyond what every app may; a key that is not known allows nothing, so it is refused. */
const allowanceShape = z.strictObject({
  /** Each as it is mounted, nothing below it. */
  hostPaths: texts,
  capabilities: texts,
  dockerSocket: z.boolean().default(false),
  hostNetwork: z.boolean().default(false),
  /** Of other apps, by the engine's name. */
  networks: texts,
  volumeDrivers: texts,
  withoutSeLinux: z.boolean().default(false),
})
export type Allowance = Readonly<z.output<typeof allowanceShape>>

export const noAllowance: Allowance = allowanceShape.parse({})

/** Document collection `allowance`, by app. Throws StoreError, and EngineError `invalid` when nobody understands it. */
export const readAllowance = async (documents: Documents, app: string, signal: AbortSignal): Promise<Allowance> => {
  const document = await documents.find('allowance', app, signal)
  if (document === undefined) return noAllowance
  const parsed = allowanceShape.safeParse(document.value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim()
  throw new EngineError('invalid', `allowance ${app}: ${where}; have it written again`)
}
