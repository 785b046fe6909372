import { z } from 'zod'
import type { Api } from './client.ts'

const spec = z.object({
  TaskTemplate: z.object({ ContainerSpec: z.object({ Image: z.string().optional() }).nullish() }),
})
const reply = z.array(z.object({ Spec: spec, PreviousSpec: spec.nullish() }))

/** Images of every service of the Swarm, whoever's, and what each would go back to by itself. */
export const listServiceImages = async (api: Api, signal: AbortSignal): Promise<readonly string[]> => {
  const call = { method: 'GET', path: '/services', doing: 'list the images of all services' } as const
  const services = await api.json(call, reply, signal)
  const specs = services.flatMap(({ Spec, PreviousSpec }) => [Spec, ...(PreviousSpec ? [PreviousSpec] : [])])
  return [...new Set(specs.flatMap(({ TaskTemplate }) => TaskTemplate.ContainerSpec?.Image ?? []))]
}
