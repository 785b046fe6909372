import type { EnvironmentRef } from '@atoll/engine'
import type { Refusal } from '@atoll/engine/remote'
import type { Action } from '@atoll/plan'
import { findKey, renderKey } from '@atoll/spec'
import type { App, Problem, Project, StoredFile } from '@atoll/spec'
import type { World } from './control.ts'
import { ControlError } from './errors.ts'
import type { LocatedProject } from './read-upload.ts'

/**
 * Asks the agent what it would refuse of an app, before anything is done: ControlError `refused-by-policy` with all of it, each
 * at its place in the files. The agent refuses the same again when it comes to that; nobody has to believe us.
 */
export const refuseByPolicy = async (
  { judge }: World,
  { app, project }: LocatedProject,
  signal: AbortSignal,
): Promise<void> => {
  const ref: EnvironmentRef = { app: app.name, environment: app.environment }
  const refusals = (await judge?.(createAll(app), ref, signal)) ?? []
  if (refusals.length === 0) return
  const problems = refusals.map((refusal) => toProblem(refusal, project))
  throw new ControlError('refused-by-policy', `${ref.app}/${ref.environment} would reach what it may not`, {
    status: 422,
    problems,
  })
}

/** What an empty engine would be asked for; contents play no part. */
const createAll = (app: App): readonly Action[] => [
  ...app.networks.filter(isOwn).map((network) => ({ kind: 'create-network', network }) as const),
  ...app.configs.filter(isOwn).map((file) => ({ kind: 'create-config', file: withoutContent(file) }) as const),
  ...app.secrets.filter(isOwn).map((file) => ({ kind: 'create-secret', file: withoutContent(file) }) as const),
  ...app.services.map((service) => ({ kind: 'create-service', service }) as const),
]

const withoutContent = ({ dataBase64: _content, ...file }: StoredFile): StoredFile => file

const isOwn = ({ isExternal }: { readonly isExternal: boolean }): boolean => !isExternal

const toProblem = ({ path, message, hint }: Refusal, project: Project): Problem => {
  const key = findKey(project.model, path)
  return { severity: 'error', ...project.locate(key), key: renderKey(key), message, hint }
}
