import { z } from 'zod'
import type { EngineIds } from './translate.ts'

const shape = z.object({
  ContainerSpec: z
    .object({
      Configs: z.array(z.object({ ConfigID: z.string(), ConfigName: z.string() })).nullish(),
      Secrets: z.array(z.object({ SecretID: z.string(), SecretName: z.string() })).nullish(),
    })
    .nullish(),
})

/** Ids by name of the configs and secrets a service has now. A name stands for one content, so the name is what counts. */
export const readAttachedFiles = (taskTemplate: unknown): Pick<EngineIds, 'configs' | 'secrets'> => {
  const container = shape.safeParse(taskTemplate).data?.ContainerSpec
  return {
    configs: Object.fromEntries((container?.Configs ?? []).map(({ ConfigName, ConfigID }) => [ConfigName, ConfigID])),
    secrets: Object.fromEntries((container?.Secrets ?? []).map(({ SecretName, SecretID }) => [SecretName, SecretID])),
  }
}
