import { deployments, diff, list, logs, preview, releases, status, why } from '@atoll/deploy'
import { maskChange } from '@atoll/plan'
import { mayDo } from '../auth/authenticate.ts'
import { tellHosts } from '../certificates/tell-status.ts'
import { contextFor } from '../control.ts'
import { notFound } from '../errors.ts'
import { maskActions, maskRoutes } from '../operations/mask-event.ts'
import { readUpload } from '../read-upload.ts'
import { refuseByPolicy } from '../refuse-by-policy.ts'
import { refuseTakenRoutes } from '../routes/refuse-taken.ts'
import type { Handler, Handlers, Sent } from './handler.ts'
import { byNumber, byRef, compareRefs, toLongPage, toPage } from './page.ts'

const reader = 'atoll'

const listApps: Handler<'listApps'> = async (control, { query, caller, signal }) => {
  const found = await list(contextFor(control, reader), signal)
  const seen = found.filter(({ ref }) => mayDo(caller, { role: 'viewer', app: ref.app }))
  return toLongPage(
    seen.toSorted((a, b) => compareRefs(a.ref, b.ref)),
    query,
    byRef(({ ref }) => ref),
  )
}

const getStatus: Handler<'getStatus'> = async (control, { params, signal }) => {
  const found = await status(contextFor(control, reader), params, signal)
  const services = found.services.map((service) => ({ ...service, drift: service.drift.map(maskChange) }))
  return { ...found, services, certificates: await tellHosts(control, found, signal) }
}

/** No event has an id: who connects again is told at once to look. */
const followChanges: Handler<'followChanges'> = async ({ view }, { params, signal }) =>
  toEvents(view.changes.follow(params, signal))

async function* toEvents<Event>(items: AsyncIterable<Event>): AsyncGenerator<Sent<Event>, void> {
  for await (const event of items) yield { event }
}

const getTimeline: Handler<'getTimeline'> = async (control, { params, signal }) => ({
  items: await why(contextFor(control, reader), params, signal),
})

const listReleases: Handler<'listReleases'> = async (control, { params, query, signal }) =>
  toPage(
    await releases(contextFor(control, reader), params, signal),
    query,
    byNumber(({ number }) => number),
  )

const diffReleases: Handler<'diffReleases'> = async (control, { params, query, signal }) => {
  const differences = await diff(contextFor(control, reader), { ref: params, ...query }, signal)
  return { items: differences.map((each) => ({ ...each, changes: each.changes.map(maskChange) })) }
}

const listDeployments: Handler<'listDeployments'> = async (control, { params, query, signal }) =>
  toPage(
    await deployments(contextFor(control, reader), params, signal),
    query,
    byNumber(({ number }) => number),
  )

const getDeployment: Handler<'getDeployment'> = async (control, { params, signal }) => {
  const { app, environment, number } = params
  const found = await deployments(contextFor(control, reader), { app, environment }, signal)
  const deployment = found.find((each) => each.number === number)
  if (deployment === undefined) throw notFound(`${app}/${environment} has no deployment ${number}`)
  return deployment
}

const planProject: Handler<'planProject'> = async (control, { params, body, signal }) => {
  const project = readUpload(body, params)
  await refuseByPolicy(control, project, signal)
  await refuseTakenRoutes(control, project, signal)
  const { app } = project
  const found = await preview(contextFor(control, reader), app, signal)
  return { ...found, actions: maskActions(found.actions), routes: maskRoutes(found.routes) }
}

const readLogs: Handler<'readLogs'> = async (control, { params, query, signal }) => {
  const { services = '', taskId, follow, sinceMs, tail } = query
  return logs(
    control,
    {
      ref: params,
      services: services.split(',').filter((name) => name !== ''),
      ...(taskId === undefined ? {} : { taskId }),
      follow: follow === 'true',
      ...(sinceMs === undefined ? {} : { sinceMs }),
      ...(tail === undefined ? {} : { tail }),
    },
    signal,
  )
}

const listVolumes: Handler<'listVolumes'> = async (control, { params, signal }) => {
  const [observed, sizes] = await Promise.all([
    control.engine.observe(params, signal),
    control.engine.volumeSizes(params, signal),
  ])
  const ready = new Set(observed.nodes.filter(({ state }) => state === 'ready').map(({ id }) => id))
  const items = observed.volumes.map((volume) => {
    const sizeBytes = volume.sizeBytes ?? sizes[volume.engineName]
    return { ...volume, ...(sizeBytes === undefined ? {} : { sizeBytes }), isReachable: ready.has(volume.nodeId) }
  })
  return { items }
}

export const appHandlers: Handlers<
  | 'listApps'
  | 'getStatus'
  | 'followChanges'
  | 'getTimeline'
  | 'listReleases'
  | 'diffReleases'
  | 'listDeployments'
  | 'getDeployment'
  | 'planProject'
  | 'readLogs'
  | 'listVolumes'
> = {
  listApps,
  getStatus,
  followChanges,
  getTimeline,
  listReleases,
  diffReleases,
  listDeployments,
  getDeployment,
  planProject,
  readLogs,
  listVolumes,
}
