import type { Route } from '../route.ts'
import { keptVips, vips } from '../schemas/vips.ts'

/** Virtual addresses: what the cluster knows of them. The nodes get them by ssh, from the command line. */
export const vipRoutes = {
  getVips: {
    method: 'GET',
    path: '/v1/vips',
    summary: 'Virtual addresses and the nodes that may hold them; who holds one now only the nodes know',
    role: 'viewer',
    scope: 'cluster',
    reply: keptVips,
    kind: 'json',
    status: 200,
  },
  changeVips: {
    method: 'PUT',
    path: '/v1/vips',
    summary: 'Write down other virtual addresses in the place of these; the nodes are changed by "atoll vip" alone',
    role: 'owner',
    scope: 'cluster',
    headers: { 'if-match': 'revision that was looked at' },
    body: vips,
    reply: keptVips,
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
