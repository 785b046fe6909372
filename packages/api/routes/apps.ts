import { z } from 'zod'
import type { Route } from '../route.ts'
import { environmentParams, pageOf, pageQuery, wholeNumber } from '../schemas/names.ts'
import { preview, releaseDifference } from '../schemas/plan.ts'
import { project } from '../schemas/project.ts'
import { deployment, listedRelease } from '../schemas/records.ts'
import { environmentStatus, listedEnvironment, logLine, volume } from '../schemas/status.ts'

const base = '/v1/apps/:app/environments/:environment'

/** Looking at apps and their environments. */
export const appRoutes = {
  listApps: {
    method: 'GET',
    path: '/v1/apps',
    summary: 'Every environment of the apps one may see',
    role: 'viewer',
    scope: 'self',
    reply: z.object({ items: z.array(listedEnvironment) }),
    kind: 'json',
    status: 200,
  },
  getStatus: {
    method: 'GET',
    path: base,
    summary: 'What an environment should be and what it is',
    role: 'viewer',
    scope: 'app',
    params: environmentParams,
    reply: environmentStatus,
    kind: 'json',
    status: 200,
  },
  listReleases: {
    method: 'GET',
    path: `${base}/releases`,
    summary: 'Releases, newest first',
    role: 'viewer',
    scope: 'app',
    params: environmentParams,
    query: pageQuery,
    reply: pageOf(listedRelease),
    kind: 'json',
    status: 200,
  },
  diffReleases: {
    method: 'GET',
    path: `${base}/differences`,
    summary: 'What release `to` has that `from` had not; secrets masked',
    role: 'viewer',
    scope: 'app',
    params: environmentParams,
    query: z.object({ from: wholeNumber, to: wholeNumber }),
    reply: z.object({ items: z.array(releaseDifference) }),
    kind: 'json',
    status: 200,
  },
  listDeployments: {
    method: 'GET',
    path: `${base}/deployments`,
    summary: 'Deployments with their receipts, newest first',
    role: 'viewer',
    scope: 'app',
    params: environmentParams,
    query: pageQuery,
    reply: pageOf(deployment),
    kind: 'json',
    status: 200,
  },
  getDeployment: {
    method: 'GET',
    path: `${base}/deployments/:number`,
    summary: 'One deployment with its receipt',
    role: 'viewer',
    scope: 'app',
    params: environmentParams.extend({ number: wholeNumber }),
    reply: deployment,
    kind: 'json',
    status: 200,
  },
  planProject: {
    method: 'POST',
    path: `${base}/plan`,
    summary: 'What deploying these files would do; nothing is changed',
    role: 'deployer',
    scope: 'app',
    params: environmentParams,
    body: project,
    reply: preview,
    kind: 'json',
    status: 200,
  },
  readLogs: {
    method: 'GET',
    path: `${base}/logs`,
    summary: 'Log lines of services, one JSON object per line',
    role: 'viewer',
    scope: 'app',
    params: environmentParams,
    query: z.object({
      /** Names with commas between; all without. */
      services: z.string().max(4000).exactOptional(),
      taskId: z.string().max(100).exactOptional(),
      follow: z.enum(['true', 'false']).exactOptional(),
      sinceMs: z.coerce.number<number>().nonnegative().exactOptional(),
      tail: z.coerce.number<number>().int().min(0).max(100_000).exactOptional(),
    }),
    reply: logLine,
    kind: 'lines',
    status: 200,
  },
  listVolumes: {
    method: 'GET',
    path: `${base}/volumes`,
    summary: 'Volumes with their node, and their size where that node can be reached',
    role: 'viewer',
    scope: 'app',
    params: environmentParams,
    reply: z.object({ items: z.array(volume) }),
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
