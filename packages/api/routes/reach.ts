import { z } from 'zod'
import type { Route } from '../route.ts'
import { environmentParams, identifier } from '../schemas/names.ts'
import { filePath, fileStat, taskUsage } from '../schemas/reach.ts'

const environment = '/v1/apps/:app/environments/:environment'
const task = `${environment}/tasks/:task` as const
const taskParams = environmentParams.extend({ task: identifier })
const frames = {
  role: 'maintainer',
  scope: 'app',
  params: taskParams,
  reply: z.undefined(),
  kind: 'frames',
  status: 101,
} as const

/** What tasks use, and what reaches into them. Connections become frames, as that of `execInTask`. */
export const reachRoutes = {
  getStats: {
    method: 'GET',
    path: `${environment}/stats`,
    summary:
      'Counters of what each running task uses, each by the clock of its node: two of them give what it uses in a second',
    role: 'viewer',
    scope: 'app',
    params: environmentParams,
    reply: z.object({ items: z.array(taskUsage) }),
    kind: 'json',
    status: 200,
  },
  statFile: {
    method: 'GET',
    path: `${task}/file`,
    summary: 'What is at a path of a task; `found` is absent when nothing is',
    role: 'maintainer',
    scope: 'app',
    params: taskParams,
    query: z.object({ path: filePath }),
    reply: z.object({ found: fileStat.exactOptional() }),
    kind: 'json',
    status: 200,
  },
  readFiles: {
    ...frames,
    method: 'GET',
    path: `${task}/files/read`,
    summary: 'Copy a file or folder out of a task: after `start` with its `path` comes a tar',
  },
  writeFiles: {
    ...frames,
    method: 'GET',
    path: `${task}/files/write`,
    summary: 'Copy into a folder of a task: after `start` with its `path` a tar is sent',
  },
  forwardPorts: {
    ...frames,
    method: 'GET',
    path: `${task}/forward`,
    summary: 'Reach ports of a task: after `start` with `ports` come channels, as packages/engine/relay has them',
  },
} as const satisfies Readonly<Record<string, Route>>
