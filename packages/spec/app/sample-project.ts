import type { App, Service } from '../app.ts'
import type { Problem } from '../problem.ts'
import type { ComposeMapping, ComposeModel, Project } from '../project.ts'
import { toApp, type ToAppOptions } from '../to-app.ts'
import { renderKey } from './source.ts'

/** Test data only: canonical models by hand, as loading would give them. */

/** `written` are the keys a person wrote although loading would have filled them in. */
const sampleProject = (model: Partial<ComposeModel>, written: readonly string[] = []): Project => ({
  model: { name: 'shop', services: {}, ...model },
  locate: (key) => ({ path: 'compose.yaml', line: key.length + 1, column: 1 }),
  isWritten: (key) => written.includes(renderKey(key)),
  findVariable: (name) => (name === 'TOKEN' ? 'geheim' : undefined),
})

export const mapModel = (
  model: Partial<ComposeModel>,
  options: Partial<ToAppOptions> & { readonly written?: readonly string[] } = {},
) => toApp(sampleProject(model, options.written), { environment: 'production', ...options })

/** What one service becomes, and what is said of it: `error KEY: MESSAGE` without the service's own key. */
export const mapService = (
  service: ComposeMapping,
  model: Partial<ComposeModel> = {},
): { readonly service: Service; readonly app: App; readonly said: readonly string[] } => {
  const { app, problems } = mapModel({ ...model, services: { ...model.services, web: { image: 'nginx', ...service } } })
  const found = app.services.find(({ name }) => name === 'web')
  if (found === undefined) throw new Error('the service is not there')
  return { service: found, app, said: problems.map(say) }
}

const say = ({ severity, key, message }: Problem): string =>
  `${severity} ${key.replace(/^services\.web\.?/, '')}: ${message}`
