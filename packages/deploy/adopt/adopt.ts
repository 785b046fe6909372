import type { EnvironmentRef } from '@atoll/engine'
import type { Observed } from '@atoll/plan'
import type { App, Service } from '@atoll/spec'
import { observe } from '../attempt/converge.ts'
import { callToBegin } from '../context.ts'
import type { Context, RunOptions } from '../context.ts'
import { getChangeable, runWithoutFiles } from '../derive.ts'
import { NothingToDoError, RefusedError, renderRef } from '../errors.ts'
import { awaitFree } from '../ledger/take-lease.ts'
import type { Outcome } from '../records.ts'
import { takeOver } from './take-over.ts'

/**
 * Makes what somebody changed behind us the next release: the current one with those fields as the engine has them.
 * Tasks go on, unless the engine holds the same wish in another form (a docker client that limits memory writes empty
 * reservations too). The next plan of the files shows what they would undo. RefusedError, which names each field, when
 * something was changed that is not taken over, or is gone; NothingToDoError when nothing was.
 */
export const adopt = async (
  context: Context,
  { ref }: { readonly ref: EnvironmentRef },
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  const { current, isHalfWay, running } = await awaitFree(call)
  if (current === undefined || isHalfWay === true || running !== undefined) throw unsettled(ref, current)
  const { app, number } = await getChangeable(call, 'adopt')
  const { next, refused, taken } = takeOverAll(app, await observe(call))
  if (refused.length > 0) throw unspeakable(ref, refused)
  if (taken.length === 0) throw new NothingToDoError(`${renderRef(ref)}: nothing was changed behind release ${current}`)
  const origin = { kind: 'adopt' as const, from: number, note: taken.join('; ') }
  return runWithoutFiles(call, { task: { kind: 'release' }, release: { app: next, origin }, basedOn: number })
}

interface TakenApp {
  readonly next: App
  readonly refused: readonly string[]
  /** `web: image, environment.LEVEL`. */
  readonly taken: readonly string[]
}

const takeOverAll = (app: App, observed: Observed): TakenApp => {
  const found = new Map(observed.services.filter(({ isOwned }) => isOwned).map((each) => [each.engineName, each]))
  const results = app.services.map((service) => takeOverOne(service, found.get(service.engineName)))
  return {
    next: { ...app, services: results.map(({ service }) => service) },
    refused: results.flatMap(({ refused }) => refused),
    taken: results.flatMap(({ taken }) => taken),
  }
}

interface TakenService {
  readonly service: Service
  readonly refused: readonly string[]
  readonly taken: readonly string[]
}

const takeOverOne = (service: Service, found: Observed['services'][number] | undefined): TakenService => {
  const { name } = service
  const definition = found?.definition
  if (found === undefined || definition === undefined) {
    return { service, refused: [`${name}: ${found === undefined ? 'is gone' : 'cannot be read'}`], taken: [] }
  }
  if (found.drift.length === 0) return { service, refused: [], taken: [] }
  const { service: next, refused } = takeOver({ service, definition, drift: found.drift })
  return {
    service: next,
    refused: refused.map((field) => `${name}: ${field}`),
    taken: [`${name}: ${found.drift.map(({ field }) => field).join(', ')}`],
  }
}

const unsettled = (ref: EnvironmentRef, current: number | undefined): RefusedError =>
  current === undefined
    ? new RefusedError(`adopt ${renderRef(ref)}: no release has converged here yet`, {
        hint: 'deploy it first: "atoll deploy"',
      })
    : new RefusedError(`adopt ${renderRef(ref)}: a deployment was left half-way`, {
        hint: 'finish it first: "atoll resume"',
      })

const unspeakable = (ref: EnvironmentRef, refused: readonly string[]): RefusedError =>
  new RefusedError(`adopt ${renderRef(ref)}: this cannot be taken over: ${refused.join('; ')}`, {
    hint: 'write it into the compose file and deploy, or undo it: "atoll repair"',
  })
