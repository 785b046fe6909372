import type { App } from '@atoll/spec'
import type { NewRelease } from './attempt/begin.ts'
import { isSameJson } from './ledger/ledger.ts'
import type { Release } from './records.ts'

/** Restarts a person asked for are not in the files; forgetting them would restart everything once more. */
export const keepGenerations = (app: App, current: Release | undefined): App => {
  const generations = new Map(current?.app.services.map(({ name, generation }) => [name, generation]))
  return {
    ...app,
    services: app.services.map((service) => ({
      ...service,
      generation: Math.max(service.generation, generations.get(service.name) ?? 0),
    })),
  }
}

/** What is already the release of this environment is not released once more: its jobs would run again for nothing. */
export const isReleased = (app: App, current: Release | undefined): current is Release =>
  current !== undefined && isSameJson(current.app, app)

export const chooseRelease = (app: App, current: Release | undefined, git: Release['git']): NewRelease | number =>
  isReleased(app, current) ? current.number : { app, origin: { kind: 'deploy' }, ...(git === undefined ? {} : { git }) }
