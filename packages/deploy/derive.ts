import type { EnvironmentRef } from '@atoll/engine'
import type { App } from '@atoll/spec'
import { begin } from './attempt/begin.ts'
import type { Intent } from './attempt/begin.ts'
import { run } from './attempt/run.ts'
import { callToBegin } from './context.ts'
import type { Call, Context, RunOptions } from './context.ts'
import { NotFoundError, RefusedError, renderRef } from './errors.ts'
import { findRelease } from './ledger/ledger.ts'
import { awaitFree } from './ledger/take-lease.ts'
import type { Outcome, Release } from './records.ts'

/** A deployment without files: of a release that is there already, or made from the current one. */
export const runWithoutFiles = async (
  call: Call,
  intent: Pick<Intent, 'task' | 'release'> & Partial<Intent>,
): Promise<Outcome> => {
  const attempt = await begin(call, {
    secrets: {},
    author: call.context.owner,
    acceptsWarnings: false,
    warnings: [],
    phases: [],
    startedAtMs: call.context.clock.now(),
    ...intent,
  })
  return run(attempt, call.signal)
}

/** The release that runs, to be changed a little. RefusedError while it is a canary: what was measured would be another thing. */
export const getChangeable = async (call: Call, doing: string): Promise<Release> => {
  const release = await getCurrentRelease(call)
  if (release.canary === undefined) return release
  throw new RefusedError(
    `${doing} ${renderRef(call.ref)}: release ${release.number} is a canary that is being measured`,
    {
      hint: 'end it first: "atoll canary promote" or "atoll canary abort"',
    },
  )
}

/** The release that runs. NotFoundError when nothing was deployed yet. */
export const getCurrentRelease = async (call: Call): Promise<Release> => {
  const { current } = await awaitFree(call)
  const release = current === undefined ? undefined : await findRelease(call, current)
  if (release !== undefined) return release
  throw new NotFoundError(
    `${renderRef(call.ref)}: no release has converged here yet`,
    'deploy it first: "atoll deploy"',
  )
}

/** The environment with a number of tasks changed: a new release that differs in this alone, and runs no job again. */
export const scale = async (
  context: Context,
  { ref, replicas }: { readonly ref: EnvironmentRef; readonly replicas: Readonly<Record<string, number>> },
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  const current = await getChangeable(call, 'scale')
  requireServices(current.app, Object.keys(replicas))
  const app = mapServices(current.app, (service) => {
    const wanted = replicas[service.name]
    if (wanted === undefined) return service
    if (service.mode.kind === 'replicated') return { ...service, mode: { kind: 'replicated', replicas: wanted } }
    throw new RefusedError(`scale ${service.name} of ${renderRef(ref)}: its mode is ${service.mode.kind}`, {
      hint: 'only a service with "mode: replicated" has a number of copies',
    })
  })
  const note = Object.entries(replicas).map(([name, count]) => `${name}=${count}`)
  const { number, jobsOf = number } = current
  const origin = { kind: 'scale' as const, from: number, note: note.join(' ') }
  return runWithoutFiles(call, { task: { kind: 'release' }, release: { app, jobsOf, origin }, basedOn: number })
}

export interface RestartRequest {
  readonly ref: EnvironmentRef
  /** Compose names; all when empty. */
  readonly services: readonly string[]
  /** Why; the names of the services unless said. */
  readonly note?: string
}

/** The same definition with new tasks, as the update policy says; all services when none is named. */
export const restart = async (
  context: Context,
  { ref, services, note }: RestartRequest,
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  const current = await getChangeable(call, 'restart')
  requireServices(current.app, services)
  const app = mapServices(current.app, (service) =>
    services.length === 0 || services.includes(service.name)
      ? { ...service, generation: service.generation + 1 }
      : service,
  )
  const origin = {
    kind: 'restart' as const,
    from: current.number,
    note: note ?? (services.join(' ') || 'all services'),
  }
  return runWithoutFiles(call, { task: { kind: 'release' }, release: { app, origin }, basedOn: current.number })
}

const mapServices = (app: App, edit: (service: App['services'][number]) => App['services'][number]): App => ({
  ...app,
  services: app.services.map(edit),
})

/** NotFoundError when the app has no service of such a name. */
export const requireServices = (app: App, names: readonly string[]): void => {
  const known = app.services.map(({ name }) => name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  throw new NotFoundError(
    `${app.name}/${app.environment} has no service ${unknown.join(', ')}`,
    `its services are ${known.join(', ')}`,
  )
}
