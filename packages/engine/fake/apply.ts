import type { Action } from '@atoll/plan'
import type { Service } from '@atoll/spec'
import type { ApplyContext } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { beginRollout } from './roll-out.ts'
import { emit, isOwner, nextId } from './world.ts'
import type { FakeService, Owned, World } from './world.ts'

/** Does one action to the world, or throws EngineError and leaves it as it was. Doing it twice is the same as once. */
export const applyAction = (world: World, action: Action, context: ApplyContext): void => {
  const { ref } = context
  switch (action.kind) {
    case 'create-network':
      return create(world.networks, action.network.engineName, {
        context,
        make: (engineName) => ({ ...own(world, engineName, context, 'network'), definition: action.network }),
      })
    case 'create-config':
      return create(world.configs, action.file.engineName, {
        context,
        make: (engineName) => ({ ...own(world, engineName, context, 'config'), file: action.file }),
      })
    case 'create-secret':
      return createSecret(world, action.file.engineName, context)
    case 'place-volume':
      return placeVolume(world, action, context)
    case 'create-service':
    case 'update-service':
      return writeService(world, action, context)
    case 'replace-service':
      return replaceService(world, action, context)
    case 'await-service':
      return undefined
    case 'remove-service':
      if (remove(world.services, action, context)) emit(world, 'service', { id: action.id, ref })
      return undefined
    case 'remove-network':
      refuseInUse(world, action.engineName, (service) => service.networks)
      remove(world.networks, action, context)
      return undefined
    case 'remove-config':
      refuseInUse(world, action.engineName, (service) => service.configs)
      remove(world.configs, action, context)
      return undefined
    case 'remove-secret':
      refuseInUse(world, action.engineName, (service) => service.secrets)
      remove(world.secrets, action, context)
      return undefined
  }
}

type Kind = 'network' | 'config' | 'secret' | 'volume'

const own = (world: World, engineName: string, { ref }: ApplyContext, kind: Kind): Required<Owned> => {
  const id = nextId(world, kind)
  emit(world, kind, { id, ref })
  return { id, engineName, owner: ref }
}

const create = <T extends Owned>(
  things: Map<string, T>,
  engineName: string,
  { context, make }: { readonly context: ApplyContext; readonly make: (engineName: string) => T },
): void => {
  const found = things.get(engineName)
  if (found !== undefined) return refuseForeign(found, context, 'name-taken')
  things.set(engineName, make(engineName))
}

const createSecret = (world: World, engineName: string, context: ApplyContext): void => {
  const value = context.secrets[engineName]
  if (value === undefined && !world.secrets.has(engineName)) {
    throw new EngineError(
      'invalid',
      `create secret ${engineName}: its value is not at hand; deploy again from its files`,
    )
  }
  create(world.secrets, engineName, {
    context,
    make: (name) => ({ ...own(world, name, context, 'secret'), ...(value === undefined ? {} : { value }) }),
  })
}

const placeVolume = (
  world: World,
  { volume, nodeId, nodeName }: Extract<Action, { kind: 'place-volume' }>,
  context: ApplyContext,
): void => {
  const found = world.places.get(volume.engineName)
  if (found !== undefined && found.nodeId !== nodeId) {
    throw new EngineError('conflict', `place volume ${volume.engineName} on ${nodeName}: it is on ${found.nodeName}`)
  }
  create(world.places, volume.engineName, {
    context,
    make: (engineName) => ({ ...own(world, engineName, context, 'volume'), nodeId, nodeName }),
  })
}

type ServiceAction = Extract<Action, { kind: 'create-service' | 'update-service' | 'replace-service' }>

const writeService = (world: World, action: ServiceAction, context: ApplyContext): void => {
  const { service } = action
  refuseMissing(world, service)
  const found = world.services.get(service.engineName)
  if (found === undefined) {
    if (action.kind === 'update-service') {
      throw new EngineError('not-found', `update service ${service.engineName}: it is gone; plan again`)
    }
    return createService(world, service, context)
  }
  refuseForeign(found, context, action.kind === 'create-service' ? 'name-taken' : 'refused')
  if (found.spec.mode.kind !== service.mode.kind) {
    throw new EngineError('invalid', `update service ${service.engineName}: its mode cannot be changed in place`)
  }
  const isSame = JSON.stringify([found.spec, found.definition]) === JSON.stringify([service, service])
  if (isSame && !isPaused(found)) return
  updateService(world, found, { service, release: context.release })
}

const isPaused = ({ update }: FakeService): boolean => update?.state === 'paused' || update?.state === 'rollback_paused'

const createService = (world: World, service: Service, { ref, release }: ApplyContext): void => {
  const id = nextId(world, 'service')
  world.services.set(service.engineName, {
    id,
    engineName: service.engineName,
    owner: ref,
    spec: service,
    definition: service,
    previous: undefined,
    release,
    specVersion: 1,
    rollout: undefined,
    update: undefined,
    tasks: [],
    givenUp: new Set(),
    createdAtMs: world.nowMs,
    updatedAtMs: world.nowMs,
  })
  emit(world, 'service', { id, ref })
}

/** Also what somebody else's `service update` does, who leaves our label as it is. */
export const updateService = (
  world: World,
  found: FakeService,
  change: { readonly service: Service; readonly definition?: Service; readonly release: number },
): void => {
  found.previous = { spec: found.spec, definition: found.definition, release: found.release }
  found.spec = change.service
  found.definition = change.definition ?? change.service
  found.release = change.release
  found.specVersion += 1
  found.updatedAtMs = world.nowMs
  beginRollout(world, found)
  emit(world, 'service', { id: found.id, ...(found.owner === undefined ? {} : { ref: found.owner }) })
}

/** Removes the old one by its id, so that a second call finds the new one and leaves it. */
const replaceService = (
  world: World,
  action: Extract<Action, { kind: 'replace-service' }>,
  context: ApplyContext,
): void => {
  const { engineName } = action.service
  if (world.services.get(engineName)?.id === action.id) remove(world.services, { id: action.id, engineName }, context)
  writeService(world, action, context)
}

const remove = <T extends Owned>(
  things: Map<string, T>,
  { id, engineName }: { readonly id: string; readonly engineName: string },
  context: ApplyContext,
): boolean => {
  const found = things.get(engineName)
  if (found === undefined || found.id !== id) return false
  refuseForeign(found, context, 'refused')
  return things.delete(engineName)
}

const refuseForeign = (found: Owned, { ref }: ApplyContext, code: 'name-taken' | 'refused'): void => {
  if (isOwner(found.owner, ref)) return
  throw new EngineError(
    code,
    `change ${found.engineName}: it is not ${ref.app}/${ref.environment}'s; rename or remove it`,
  )
}

const refuseMissing = (world: World, service: Service): void => {
  const needed = [
    ...service.configs.map(({ engineName }) => ({
      kind: 'config',
      engineName,
      isThere: world.configs.has(engineName),
    })),
    ...service.secrets.map(({ engineName }) => ({
      kind: 'secret',
      engineName,
      isThere: world.secrets.has(engineName),
    })),
    ...service.networks.map(({ engineName }) => ({
      kind: 'network',
      engineName,
      isThere: world.networks.has(engineName),
    })),
  ]
  const missing = needed.find(({ isThere }) => !isThere)
  if (missing === undefined) return
  const { kind, engineName } = missing
  throw new EngineError('not-found', `create service ${service.engineName}: there is no ${kind} ${engineName}`)
}

const refuseInUse = (
  world: World,
  engineName: string,
  references: (service: Service) => readonly { readonly engineName: string }[],
): void => {
  const user = [...world.services.values()].find(({ spec }) =>
    references(spec).some((reference) => reference.engineName === engineName),
  )
  if (user === undefined) return
  throw new EngineError('conflict', `remove ${engineName}: ${user.engineName} still uses it`)
}
