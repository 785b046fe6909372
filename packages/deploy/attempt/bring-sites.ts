import type { Warning } from '@atoll/plan'
import { describeRoute, siteOf, sitesOf } from '@atoll/spec'
import type { App } from '@atoll/spec'
import type { Cause } from '../records.ts'
import type { SiteFailure } from '../sites.ts'
import type { Attempt } from './attempt.ts'

/**
 * Before anything is changed every node has the files that the release serves, or it is not begun. A node that is away gets them once
 * it is back, which is told. True: go on.
 */
export const bringSites = async ({ call, journal }: Attempt, app: App): Promise<boolean> => {
  const wanted = sitesOf(app.routes ?? [])
  const { sites, clock } = call.context
  if (sites === undefined || wanted.length === 0) return true
  call.onEvent({ kind: 'wait', atMs: clock.now(), message: 'files of static routes are brought to the nodes' })
  const failures = await sites.bring(wanted, call.signal)
  const passing = failures.filter(({ isPassing }) => isPassing).map((failure) => toWarning(app, failure))
  if (passing.length > 0) journal.warn([...journal.record.receipt.warnings, ...passing])
  const lasting = failures.filter(({ isPassing }) => !isPassing)
  journal.addCauses(lasting.map((failure) => toCause(app, failure, journal.record.hasChanged)))
  return lasting.length === 0
}

const toWarning = (app: App, failure: SiteFailure): Warning => ({
  kind: 'image-unavailable',
  service: serviceOf(app, failure),
  message: `${describe(app, failure)}; ${failure.nodes.join(', ')} answers 503 there until it has them`,
  hint: 'they come by themselves once the node is back',
  isBlocking: false,
})

const toCause = (app: App, failure: SiteFailure, hasChanged: boolean): Cause => ({
  kind: 'pull',
  service: serviceOf(app, failure),
  message: `${describe(app, failure)}${hasChanged ? '' : '; nothing was changed'}`,
  health: [],
  logs: [],
  nodes: failure.nodes.map((node) => ({ node, reason: failure.message })),
})

const describe = (app: App, { nodes, message, ...failure }: SiteFailure): string =>
  `files of ${namesOf(app, failure)} are not on ${nodes.join(', ')}: ${message}`

const routesOf = ({ routes = [] }: App, { site }: Pick<SiteFailure, 'site'>) =>
  routes.filter((route) => siteOf(route)?.id === site.id)

const namesOf = (app: App, failure: Pick<SiteFailure, 'site'>): string =>
  routesOf(app, failure).map(describeRoute).join(', ')

const serviceOf = (app: App, failure: SiteFailure): string => routesOf(app, failure)[0]?.service ?? ''
