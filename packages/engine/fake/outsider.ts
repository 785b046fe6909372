import { createService } from '@atoll/plan/fixtures'
import type { Service } from '@atoll/spec'
import { EngineError } from '../errors.ts'
import { updateService } from './apply.ts'
import { beginRollout } from './roll-out.ts'
import { emit, findNode, nextId } from './world.ts'
import type { FakeNode, World } from './world.ts'

/** What people do to an engine behind Atoll's back. */
export interface Outsider {
  /** A service, or network, config or secret of that name that carries no label of ours. */
  create(kind: 'service' | 'network' | 'config' | 'secret', engineName: string): void
  /** `docker service update` by hand: the engine runs something else than Atoll asked for. */
  change(engineName: string, change: (spec: Service) => Service): void
  remove(engineName: string): void
  /** `docker service rollback` by hand. */
  rollBack(engineName: string): void
  setNode(name: string, change: Partial<FakeNode>): void
}

export const createOutsider = (world: World): Outsider => {
  const getService = (engineName: string) => {
    const found = world.services.get(engineName)
    if (found === undefined) throw new EngineError('not-found', `find service ${engineName}: there is none`)
    return found
  }
  return {
    create: (kind, engineName) => createForeign(world, kind, engineName),
    change: (engineName, change) => {
      const found = getService(engineName)
      const { definition, release } = found
      const service = change(found.spec)
      updateService(world, found, { service, release, ...(definition === undefined ? {} : { definition }) })
    },
    remove: (engineName) => void world.services.delete(getService(engineName).engineName),
    rollBack: (engineName) => {
      const found = getService(engineName)
      Object.assign(found, found.previous)
      beginRollout(world, found, true)
    },
    setNode: (name, change) => {
      const node = findNode(world, name)
      if (node === undefined) throw new EngineError('not-found', `find node ${name}: there is none`)
      Object.assign(node, change)
      emit(world, 'node', { id: node.id })
    },
  }
}

const createForeign = (world: World, kind: 'service' | 'network' | 'config' | 'secret', engineName: string): void => {
  const thing = { id: nextId(world, kind), engineName }
  if (kind === 'network') world.networks.set(engineName, thing)
  else if (kind === 'config') world.configs.set(engineName, thing)
  else if (kind === 'secret') world.secrets.set(engineName, thing)
  else world.services.set(engineName, { ...emptyService, ...thing, tasks: [], givenUp: new Set() })
}

const emptyService = {
  spec: createService('foreign'),
  definition: undefined,
  previous: undefined,
  release: 0,
  specVersion: 1,
  rollout: undefined,
  update: undefined,
  createdAtMs: 0,
  updatedAtMs: 0,
}
