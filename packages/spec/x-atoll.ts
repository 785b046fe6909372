import { z } from 'zod'
import { routeSettings } from './x-atoll-routes.ts'

/**
 * What Atoll reads under `x-atoll` of a service. Only tests load this file: loading a project checks against the JSON
 * Schema made from it, because zod costs half of what `atoll config` may take to start.
 */
const serviceSettings = z
  .strictObject({
    run: z.enum(['once', 'once-per-node']).optional().meta({
      description:
        'The service is a job: it runs to its end at each release. once: as many tasks as replicas; once-per-node: one on each node.',
    }),
    routes: routeSettings.optional(),
  })
  .meta({ description: "Atoll's own settings of a service." })

/** What Atoll reads under `x-atoll` at the top level. */
const projectSettings = z
  .strictObject({
    team: z.string().optional().meta({
      description: 'The team of the platform that the app is of; it joins it when it is first deployed.',
    }),
    drift: z.enum(['show', 'repair']).optional().meta({
      description:
        'What is done when somebody changes the app behind Atoll. show (the default): it is only told; repair: the platform puts it back.',
    }),
  })
  .meta({ description: "Atoll's own settings of a project." })

/** A compose file as far as Atoll adds to it. */
export const atollSettings = z
  .looseObject({
    'x-atoll': projectSettings.optional(),
    services: z.record(z.string(), z.looseObject({ 'x-atoll': serviceSettings.optional() })).optional(),
  })
  .meta({ title: 'x-atoll', description: "Atoll's own settings in a compose file." })
