import { z } from 'zod'
import type { Action } from '@atoll/plan'
import { fileShape, networkShape, serviceShape, volumeShape } from './app.ts'
import { idShape, nameShape } from './names.ts'

const change = z.strictObject({
  field: z.string(),
  from: z.string().exactOptional(),
  to: z.string().exactOptional(),
})
const changes = z.array(change)
const removal = { id: idShape, engineName: nameShape }

/** An action as the agent takes it: whole, of a known kind, with nothing in it that is not known. */
export const actionShape: z.ZodType<Action> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('create-network'), network: networkShape }),
  z.strictObject({ kind: z.literal('create-config'), file: fileShape }),
  z.strictObject({ kind: z.literal('create-secret'), file: fileShape }),
  z.strictObject({
    kind: z.literal('place-volume'),
    volume: volumeShape,
    nodeId: idShape,
    nodeName: z.string().max(255),
    service: z.string(),
  }),
  z.strictObject({ kind: z.literal('create-service'), service: serviceShape }),
  z.strictObject({ kind: z.literal('update-service'), id: idShape, service: serviceShape, changes }),
  z.strictObject({ kind: z.literal('replace-service'), id: idShape, service: serviceShape, changes }),
  z.strictObject({
    kind: z.literal('await-service'),
    service: z.string(),
    engineName: nameShape,
    condition: z.enum(['started', 'healthy', 'completed']),
  }),
  z.strictObject({ kind: z.literal('remove-service'), ...removal }),
  z.strictObject({ kind: z.literal('remove-network'), ...removal }),
  z.strictObject({ kind: z.literal('remove-config'), ...removal }),
  z.strictObject({ kind: z.literal('remove-secret'), ...removal }),
])
