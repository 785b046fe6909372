import { readCertificate } from '@atoll/authority/read'
import { addRoute, adopt, deploy, moveVolume, rebalance, remove, removeRoute, repair } from '@atoll/deploy'
import { abortCanary, promoteCanary, restart, resume, rollback, scale } from '@atoll/deploy'
import type { Context, Outcome, RunOptions } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import type { ReadProject } from '../read-upload.ts'
import type { DeploymentRequest } from './records.ts'

export interface Task {
  readonly ref: EnvironmentRef
  readonly request: DeploymentRequest
  /** The person who asked. */
  readonly author: string
  /** Of a deploy: what its files describe. */
  readonly project?: ReadProject
}

/** A request as a call of the deploy room. */
export const perform = (context: Context, task: Task, options: RunOptions): Promise<Outcome> => {
  const { ref, request, author, project } = task
  switch (request.kind) {
    case 'deploy': {
      if (project === undefined) throw new Error('bug: a deploy without its project')
      const { git, acceptsWarnings, canary } = request
      const given = {
        ...project,
        author,
        ...(git === undefined ? {} : { git }),
        ...(acceptsWarnings === undefined ? {} : { acceptsWarnings }),
        ...(canary === undefined ? {} : { canary }),
      }
      return deploy(context, given, options)
    }
    case 'promote-canary':
      return promoteCanary(context, { ref }, options)
    case 'abort-canary':
      return abortCanary(context, { ref }, options)
    case 'rollback':
      return rollback(context, { ref, ...(request.release === undefined ? {} : { release: request.release }) }, options)
    case 'scale':
      return scale(context, { ref, replicas: request.replicas }, options)
    case 'add-route':
      return addRoute(context, { ref, service: request.service, route: request.route, readCertificate }, options)
    case 'remove-route':
      return removeRoute(context, { ref, route: request.route }, options)
    case 'restart':
      return restart(context, { ref, services: request.services }, options)
    case 'repair':
      return repair(context, { ref, services: request.services }, options)
    case 'rebalance':
      return rebalance(context, { ref, isStateful: request.isStateful }, options)
    case 'adopt':
      return adopt(context, { ref }, options)
    case 'remove':
      return remove(context, { ref, volumes: request.volumes }, options)
    case 'move-volume':
      return moveVolume(context, { ref, volume: request.volume, to: request.to }, options)
    case 'resume':
      return resume(context, { ref }, options)
  }
}
