import { isDeepStrictEqual } from 'node:util'
import type { FieldChange } from '@atoll/plan'
import type { Service } from '@atoll/spec'
import type { ApplyContext } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { ApplyTools } from './apply.ts'
import type { Api } from './client.ts'
import { compareBody } from './compare-body.ts'
import { readDefinition } from './definition.ts'
import { isOwnedBy } from './labels.ts'
import { encodeHeader, registryOf } from './registry-auth.ts'
import { removeOwned } from './remove-owned.ts'
import { serviceReply } from './replies.ts'
import type { ServiceReply } from './replies.ts'
import { findIds } from './service-ids.ts'
import { translateService } from './translate.ts'
import type { ServiceBody } from './bodies.ts'

export interface ServiceChange {
  readonly service: Service
  readonly context: ApplyContext
}

/** The engine writes the service too (its update's state), so a version may be stale by the time it is sent. */
const maxTries = 8

/** Creates; one of this name that is ours is updated instead. */
export const createService = async (tools: ApplyTools, change: ServiceChange, signal: AbortSignal): Promise<void> => {
  const { service, context } = change
  const doing = `create service ${service.engineName}`
  const body = await translate(tools.api, change, signal)
  const headers = await registryHeaders(tools, service)
  try {
    await tools.api.send({ method: 'POST', path: '/services/create', body, headers, doing }, signal)
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'name-taken') throw error
    const found = await getService(tools.api, service.engineName, signal)
    refuseForeign(found, context, { doing, code: 'name-taken' })
    await update(tools, { ...change, id: found.ID, body }, signal)
  }
}

/** Brings a service to its definition. Nothing is sent when it has it already and the engine is not stuck half-way. */
export const updateService = async (
  tools: ApplyTools,
  change: ServiceChange & { readonly id: string; readonly changes: readonly FieldChange[] },
  signal: AbortSignal,
): Promise<void> => {
  const body = await translate(tools.api, change, signal)
  const isAgain = change.changes.some(({ field }) => field === 'update')
  return update(
    tools,
    { ...change, body: isAgain ? await markAgain(tools.api, { ...change, body }, signal) : body },
    signal,
  )
}

/** The engine goes on with the update it has when it gets the same specification, so one label tells the two apart. */
const markAgain = async (
  api: Api,
  { id, body }: { readonly id: string; readonly body: ServiceBody },
  signal: AbortSignal,
): Promise<ServiceBody> => {
  const { Version } = await getService(api, id, signal)
  return { ...body, Labels: { ...body.Labels, [againLabel]: String(Version.Index) } }
}

const againLabel = 'atoll.again'

/** Removes by id, so that a second call finds the new one under the name and leaves it. */
export const replaceService = async (
  tools: ApplyTools,
  change: ServiceChange & { readonly id: string },
  signal: AbortSignal,
): Promise<void> => {
  const { engineName } = change.service
  await removeOwned(tools.api, { kind: 'service', id: change.id, engineName, ref: change.context.ref }, signal)
  await createService(tools, change, signal)
}

const update = async (
  tools: ApplyTools,
  { service, context, id, body }: ServiceChange & { readonly id: string; readonly body: ServiceBody },
  signal: AbortSignal,
): Promise<void> => {
  const doing = `update service ${service.engineName}`
  const headers = await registryHeaders(tools, service)
  for (let tried = 1; ; tried++) {
    const found = await getService(tools.api, id, signal)
    refuseForeign(found, context, { doing, code: 'refused' })
    if (hasArrived(found, { service, context, body })) return
    const query = { version: found.Version.Index, registryAuthFrom: 'spec' }
    try {
      return await tools.api.send(
        { method: 'POST', path: `/services/${id}/update`, query, body, headers, doing },
        signal,
      )
    } catch (error) {
      const isStale = error instanceof EngineError && error.code === 'version'
      if (!isStale || tried >= maxTries) throw error
    }
  }
}

/**
 * True when sending the body again would change nothing: a repeated update must not start a stopped roll-out over. The
 * release counts, by which one sees who asked last.
 */
const hasArrived = (
  { Spec, UpdateStatus }: ServiceReply,
  { service, context, body }: ServiceChange & { readonly body: ServiceBody },
): boolean => {
  const isStuck = UpdateStatus?.State === 'paused' || UpdateStatus?.State === 'rollback_paused'
  const isSame =
    Spec.Labels['atoll.release'] === String(context.release) &&
    isDeepStrictEqual(readDefinition(Spec.Labels), JSON.parse(JSON.stringify(service)))
  const isAgain = body.Labels[againLabel] !== undefined && body.Labels[againLabel] !== Spec.Labels[againLabel]
  return !isStuck && !isAgain && isSame && compareBody(body, Spec).length === 0
}

const getService = (api: Api, idOrName: string, signal: AbortSignal): Promise<ServiceReply> =>
  api.json({ method: 'GET', path: `/services/${idOrName}` }, serviceReply, signal)

const refuseForeign = (
  { Spec }: ServiceReply,
  { ref }: ApplyContext,
  { doing, code }: { readonly doing: string; readonly code: 'name-taken' | 'refused' },
): void => {
  if (isOwnedBy(Spec.Labels, ref)) return
  const whose = `a service of this name is there and is not ${ref.app}/${ref.environment}'s`
  throw new EngineError(code, `${doing}: ${whose}; rename or remove it`)
}

const translate = async (api: Api, { service, context }: ServiceChange, signal: AbortSignal): Promise<ServiceBody> => {
  const ids = await findIds(api, { service, app: context.ref.app, sharedNetworks: context.sharedNetworks }, signal)
  return translateService(service, { ref: context.ref, release: context.release, ids })
}

/** Credentials travel with the service, so that its nodes can pull; none are sent when nobody logged in. */
const registryHeaders = async ({ auth }: ApplyTools, { image }: Service): Promise<Readonly<Record<string, string>>> => {
  const credentials = await auth.find(registryOf(image))
  return credentials === undefined ? {} : encodeHeader('X-Registry-Auth', credentials)
}
