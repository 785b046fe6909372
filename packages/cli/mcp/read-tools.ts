import { routes } from '@atoll/api'
import type { RouteOf } from '@atoll/api'
import { inputOf, splitInput } from './route-input.ts'
import type { Tool } from './tool.ts'

interface Row {
  readonly route: RouteOf<'json'>
  /** What an assistant should know beyond the summary of the route. */
  readonly advice?: string
  readonly cuts?: Tool['cuts']
}

/** The routes an assistant may look with. One that is not here is not offered: `list-tools.test.ts` wants a reason. */
const rows: readonly Row[] = [
  { route: 'getMe', advice: 'Ask this first when something is refused.' },
  { route: 'listApps', advice: 'Begin here.' },
  { route: 'getStatus', advice: 'Each service says why it is not as it should be, in `why` and `nodes`.' },
  { route: 'getTimeline', advice: 'This answers why an app fails.', cuts: 'first' },
  { route: 'listReleases' },
  { route: 'diffReleases' },
  { route: 'listDeployments', advice: 'Of many, ask with a small `limit`: receipts are long.' },
  { route: 'getDeployment', advice: 'The receipt has phases, tasks, causes, and what visitors got.' },
  { route: 'getStats', advice: 'What tasks use right now.' },
  { route: 'listVolumes' },
  { route: 'listRoutes', advice: 'Hosts and paths by which apps are reached.' },
  { route: 'testRoute', advice: 'Ask this when an address answers something unexpected.' },
  { route: 'getAllowance' },
  { route: 'listNodes' },
  { route: 'listHeldNodes' },
  { route: 'getSettings', advice: 'What the cluster does by itself.' },
  { route: 'getVips', advice: 'What is written down; "atoll vip ls" asks the nodes who has which.' },
  { route: 'getNode', advice: 'What runs there, and what its loss would do.' },
  { route: 'getDrain' },
  { route: 'listDrills' },
  { route: 'getNodeUsage' },
  { route: 'listGarbage' },
  { route: 'getDoctor' },
  { route: 'listCertificates', advice: 'Hosts say in `reason` why they have no certificate.' },
  { route: 'getCertificate' },
  { route: 'getWhatIf', advice: 'Before a node is drained or updated, ask what that would cost.' },
  { route: 'getAppWhatIf', advice: 'With a role in one app alone, ask this in place of get_what_if.' },
  { route: 'getRebalancing', advice: 'Ask this after a node came back or joined.' },
  { route: 'listAudit', advice: 'Needs a maintainer of the cluster.' },
]

/** `listApps` becomes `list_apps`: description, input and reply are those of the route. */
export const readTools: readonly Tool[] = rows.map(({ route, advice, cuts = 'last' }) => ({
  name: route.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  description: [`${routes[route].summary}.`, ...(advice === undefined ? [] : [advice])].join(' '),
  input: inputOf(route),
  isChange: false,
  cuts,
  // The parts are those of the route's own schemas.
  run: (client, input, signal) => client.call(route, splitInput(route, input) as never, signal),
}))

/** Routes that are offered as tools of this kind. */
export const readRoutes: readonly string[] = rows.map(({ route }) => route)
