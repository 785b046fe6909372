import { readCertificate } from '@atoll/authority/read'
import {
  addRoute,
  adopt,
  deploy,
  deployments,
  diff,
  foresee,
  foreseeRebalancing,
  HandedOverError,
  InvalidRouteError,
  list,
  listRoutes,
  moveVolume,
  preview,
  rebalance,
  releases,
} from '@atoll/deploy'
import { abortCanary, promoteCanary } from '@atoll/deploy'
import { logs, remove, removeRoute, repair, restart, resume, rollback, scale, status, why } from '@atoll/deploy'
import type { Context, DeployRequest, Outcome, RunOptions } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import type { SecretValues } from '@atoll/spec'
import type { Archive } from '@atoll/store'
import type { Cluster, DeployProject } from '../cluster/cluster.ts'
import { InvalidInputError, UsageError } from '../errors.ts'
import { LeftError } from '../cluster/errors.ts'
import { getRunningTask } from './find-task.ts'
import { listContents, locateVolumes } from './observed.ts'
import { createLazyBackups } from './lazy-backups.ts'
import { createDirectNodes } from './nodes.ts'
import { createDirectStorage } from './storage.ts'
import { openDirectReach } from './reach.ts'

export interface DirectOptions {
  /** Registry images are pushed to when nobody says otherwise. */
  readonly registry?: string | undefined
  readonly archive: Archive
  /** Gives a deployment that was left to somebody whom no Ctrl-C reaches. */
  readonly handOver: (error: HandedOverError, secrets: SecretValues) => Promise<void>
}

const addOwnRoute: typeof addRoute = (context, request, options) =>
  addRoute(context, { ...request, readCertificate }, options)

/** A cluster with nothing of ours in between: the functions of `deploy` over the engine, in this process. */
export const createDirectCluster = (
  context: Context,
  { registry: ownRegistry, archive, handOver }: DirectOptions,
): Cluster => {
  const { engine } = context
  const toRequest = (project: DeployProject): DeployRequest => {
    const { app, secrets, acceptsWarnings, git, registry = ownRegistry } = project
    refuseOfPlatform(project)
    return {
      app,
      secrets,
      author: context.owner,
      acceptsWarnings,
      ...(git === undefined ? {} : { git }),
      ...(registry === undefined ? {} : { registry }),
    }
  }
  const run = async (secrets: SecretValues, work: () => Promise<Outcome>): Promise<Outcome> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof HandedOverError)) throw error
      await handOver(error, secrets)
      throw leave(error)
    }
  }
  return {
    listNames: (signal) => engine.listEnvironments(signal),
    list: (signal) => list(context, signal),
    status: (ref, signal) => status(context, ref, signal),
    watchStatus: (ref, signal) => watchStatus(context, ref, signal),
    why: (ref, signal) => why(context, ref, signal),
    whatIf: (request, signal) => foresee(context, request, signal),
    foreseeRebalancing: (question, signal) => foreseeRebalancing(context, question, signal),
    releases: (ref, signal) => releases(context, ref, signal),
    findReceipt: async (ref, number, signal) => {
      const all = await deployments(context, ref, signal)
      return (number === undefined ? all[0] : all.find((deployment) => deployment.number === number))?.receipt
    },
    diff: (request, signal) => diff(context, request, signal),
    preview: ({ app }, signal) => preview(context, app, signal),
    contents: async (ref, signal) => listContents(await engine.observe(ref, signal)),
    volumes: async (ref, signal) =>
      locateVolumes(await engine.observe(ref, signal), await engine.volumeSizes(ref, signal)),
    logs: (query, signal) => logs(context, query, signal),
    exec: async ({ ref, task, ...request }, signal) => {
      const wanted = { ref, wanted: task, doing: `run a command in ${task}` }
      const { task: found } = getRunningTask(await engine.observe(ref, signal), wanted)
      return engine.exec({ ...request, taskId: found.id }, signal)
    },
    ...openDirectReach(engine),
    listRoutes: (signal) => listRoutes(context, signal),
    diagnose: (signal) => engine.diagnose(signal),
    ...createDirectNodes(context, (error) => handOver(error, {})),
    ...createDirectStorage(context),
    ...createLazyBackups(context, archive),
    deploy: (request, options) => run(request.secrets, () => deploy(context, toRequest(request), options)),
    ...createReturns(context, run),
    scale: (request, options) => run({}, () => scale(context, request, options)),
    addRoute: (request, options) => run({}, () => addOwnRoute(context, request, options)).catch(refuseInput),
    removeRoute: (request, options) => run({}, () => removeRoute(context, request, options)),
    restart: (request, options) => run({}, () => restart(context, request, options)),
    repair: (request, options) => run({}, () => repair(context, request, options)),
    rebalance: (request, options) => run({}, () => rebalance(context, request, options)),
    adopt: (request, options) => run({}, () => adopt(context, request, options)),
    remove: (request, options) => run({}, () => remove(context, request, options)),
    moveVolume: (request, options) => run({}, () => moveVolume(context, request, options)),
    resume: (request, options: RunOptions) => run(request.secrets ?? {}, () => resume(context, request, options)),
  }
}

/** As a control tells it, too: all that was found, with what it is about. */
const refuseInput = (error: unknown): never => {
  throw error instanceof InvalidRouteError ? new InvalidInputError(error.problems) : error
}

const leave = (error: HandedOverError): LeftError => {
  const name = `${error.ref.app}/${error.ref.environment}`
  return new LeftError({
    ref: error.ref,
    deployment: error.deployment,
    where: 'in the background',
    note: `should it be stopped there too, "atoll status ${name}" says that it was left, and "atoll resume" finishes it`,
    cause: error,
  })
}

async function* watchStatus(context: Context, ref: EnvironmentRef, signal: AbortSignal) {
  for await (const _event of context.engine.watch(ref, signal)) yield await status(context, ref, signal)
}

type RunWork = (secrets: SecretValues, work: () => Promise<Outcome>) => Promise<Outcome>

/** Between releases that are there already. */
const createReturns = (
  context: Context,
  run: RunWork,
): Pick<Cluster, 'promoteCanary' | 'abortCanary' | 'rollback'> => ({
  promoteCanary: (request, options) => run({}, () => promoteCanary(context, request, options)),
  abortCanary: (request, options) => run({}, () => abortCanary(context, request, options)),
  rollback: (request, options) => run({}, () => rollback(context, request, options)),
})

const refuseOfPlatform = ({ team, canary }: DeployProject): void => {
  if (team !== undefined) throw new UsageError('--team: teams are of a platform, and this is direct mode')
  if (canary === undefined) return
  throw new UsageError(
    '--canary: in direct mode nobody serves routes, so no part of the requests can be given to anybody',
    'sign in to a platform ("atoll login"), or deploy without --canary',
  )
}
