import settings from '../../x-atoll.schema.json' with { type: 'json' }
import { shapeOfSchema } from '../shape-of-schema.ts'

const { 'x-atoll': project, services } = settings.properties

/** `x-atoll` at the top level and of a service. */
export const projectSettings = shapeOfSchema(project)
export const serviceSettings = shapeOfSchema(services.additionalProperties.properties['x-atoll'])
