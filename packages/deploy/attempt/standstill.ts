import type { App, Service } from '@atoll/spec'
import type { Observed } from '@atoll/plan'

/** No node carries it, so a service with one task per node has none. */
const nowhere = 'node.labels.atoll.stopped==true'

/**
 * A first release that failed, scaled to zero: services stay as they are, for inspection, but nothing runs. What was
 * never created is left out, and nobody waits for anybody any more.
 */
export const standStill = (app: App, observed: Observed): App => {
  const present = new Set(observed.services.map((service) => service.engineName))
  return { ...app, services: app.services.filter(({ engineName }) => present.has(engineName)).map(stopService) }
}

/** The service without tasks. */
export const stopService = (service: Service): Service => {
  const idle = { ...service, dependsOn: [] }
  switch (service.mode.kind) {
    case 'replicated':
      return { ...idle, mode: { kind: 'replicated', replicas: 0 } }
    case 'once':
      return { ...idle, mode: { ...service.mode, completions: 0 } }
    case 'global':
    case 'once-per-node': {
      const { placement } = service
      return { ...idle, placement: { ...placement, constraints: [...placement.constraints, nowhere] } }
    }
  }
}
