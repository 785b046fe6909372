import type { Route } from '../route.ts'
import { buildHeader, buildLine } from '../schemas/build.ts'
import { environmentParams } from '../schemas/names.ts'

/** Images of services, from what is sent. */
export const buildRoutes = {
  buildImage: {
    method: 'POST',
    path: '/v1/apps/:app/environments/:environment/builds',
    summary:
      'Builds the image of a service from a tar, pushes it under a name of the cluster, and gives its digest for `images` of ' +
      '`startDeployment`; one at a time on each node, ends with the connection',
    role: 'deployer',
    scope: 'app',
    params: environmentParams,
    headers: {
      [buildHeader]:
        'JSON: service, dockerfile (in the tar), target, args, labels, extraHosts, network, platforms, ...',
    },
    upload: 'application/x-tar',
    reply: buildLine,
    kind: 'lines',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
