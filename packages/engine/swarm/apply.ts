import type { Action } from '@atoll/plan'
import type { ApplyContext } from '../engine.ts'
import { createConfig, createSecret } from './apply-file.ts'
import { createNetwork, removeNetwork } from './apply-network.ts'
import { createService, replaceService, updateService } from './apply-service.ts'
import type { Api } from './client.ts'
import type { RegistryAuth } from './registry-auth.ts'
import { removeOwned } from './remove-owned.ts'
import { recordPlace } from './volume-places.ts'

export interface ApplyTools {
  readonly api: Api
  readonly auth: RegistryAuth
}

/** Does one action. Doing it twice is the same as once. */
export const applyAction = async (
  given: ApplyTools,
  { action, context }: { readonly action: Action; readonly context: ApplyContext },
  signal: AbortSignal,
): Promise<void> => {
  const api = guardWrites(given.api, context)
  const tools = { ...given, api }
  const { ref } = context
  switch (action.kind) {
    case 'create-network':
      return createNetwork(api, { network: action.network, ref }, signal)
    case 'create-config':
      return createConfig(api, { file: action.file, context }, signal)
    case 'create-secret':
      return createSecret(api, { file: action.file, context }, signal)
    case 'place-volume': {
      const { volume, nodeId, nodeName } = action
      const { engineName, isExternal } = volume
      return recordPlace(api, { ref, engineName, isExternal, nodeId, nodeName }, signal)
    }
    case 'create-service':
      return createService(tools, { service: action.service, context }, signal)
    case 'update-service':
      return updateService(tools, { ...action, context }, signal)
    case 'replace-service':
      return replaceService(tools, { service: action.service, context, id: action.id }, signal)
    case 'await-service':
      return undefined
    case 'remove-service':
      return removeOwned(api, { ...action, kind: 'service', ref }, signal)
    case 'remove-network':
      return removeNetwork(api, { ...action, kind: 'network', ref }, signal)
    case 'remove-config':
      return removeOwned(api, { ...action, kind: 'config', ref }, signal)
    case 'remove-secret':
      return removeOwned(api, { ...action, kind: 'secret', ref }, signal)
  }
}

/** Asks the caller before each write whether it may still write. */
const guardWrites = (api: Api, { assertHeld }: ApplyContext): Api => ({
  ...api,
  json: async (call, shape, signal) => {
    if (call.method !== 'GET') assertHeld?.()
    return api.json(call, shape, signal)
  },
  send: async (call, signal) => {
    if (call.method !== 'GET') assertHeld?.()
    return api.send(call, signal)
  },
})
