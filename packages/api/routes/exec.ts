import { z } from 'zod'
import type { Route } from '../route.ts'
import { environmentParams, identifier } from '../schemas/names.ts'

/** Running a program where an app runs. */
export const execRoutes = {
  execInTask: {
    method: 'GET',
    path: '/v1/apps/:app/environments/:environment/tasks/:task/exec',
    summary:
      'Run a program in a task: the connection becomes `atoll-exec`, frames both ways as docs/design/011 has them',
    role: 'maintainer',
    scope: 'app',
    params: environmentParams.extend({ task: identifier }),
    reply: z.undefined(),
    kind: 'frames',
    status: 101,
  },
} as const satisfies Readonly<Record<string, Route>>
