import type { Action, Warning } from '@atoll/plan'
import type { App } from '@atoll/spec'
import type { DeploymentTask } from '../records.ts'

/** What of an environment a deployment is about. */
export interface Scope {
  readonly hasAction: (action: Action) => boolean
  readonly hasWarning: (warning: Warning) => boolean
  /** The app without the services that are none of its business. */
  readonly limit: (app: App) => App
}

/** Whole apps: what every deployment but a repair is about. */
export const everything: Scope = { hasAction: () => true, hasWarning: () => true, limit: (app) => app }

/**
 * A repair leaves alone, and does not wait for, services that are as they should be or that it was not asked for: their
 * troubles must not keep the others from being set right.
 */
export const scopeOf = (task: DeploymentTask, app: App): Scope => {
  return task.kind === 'repair' ? scopeTo(task.services, app, { isWhole: task.isWhole }) : everything
}

/** These services and nothing else; `isWhole`: and what is ours and no part of the release. */
export const scopeTo = (services: readonly string[], app: App, { isWhole }: Pick<Limits, 'isWhole'>): Scope => {
  const names = new Set(services)
  const engineNames = new Set(app.services.flatMap(({ name, engineName }) => (names.has(name) ? [engineName] : [])))
  return {
    hasAction: (action) => isWithin(action, { names, engineNames, isWhole }),
    hasWarning: ({ service }) => service === '' || names.has(service),
    limit: (whole) => ({ ...whole, services: whole.services.filter(({ name }) => names.has(name)) }),
  }
}

interface Limits {
  readonly names: ReadonlySet<string>
  readonly engineNames: ReadonlySet<string>
  readonly isWhole: boolean
}

const isWithin = (action: Action, { names, engineNames, isWhole }: Limits): boolean => {
  switch (action.kind) {
    case 'create-network':
    case 'create-config':
    case 'create-secret':
      return true
    case 'place-volume':
      return names.has(action.service)
    case 'create-service':
    case 'update-service':
    case 'replace-service':
      return names.has(action.service.name)
    case 'await-service':
      return engineNames.has(action.engineName)
    case 'remove-service':
    case 'remove-network':
    case 'remove-config':
    case 'remove-secret':
      return isWhole
  }
}
