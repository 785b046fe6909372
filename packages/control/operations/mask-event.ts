import type { DeploymentEvent } from '@atoll/deploy'
import { planJson } from '@atoll/plan'
import type { Action } from '@atoll/plan'

/** Actions hold whole services; what looks secret in them is masked before anybody sees it. */
export const maskActions = (actions: readonly Action[]): readonly Action[] =>
  planJson(actions, []).actions as readonly Action[]

export const maskEvent = (event: DeploymentEvent): DeploymentEvent => {
  if (event.kind === 'plan') return { ...event, actions: maskActions(event.actions) }
  if (event.kind !== 'action') return event
  return { ...event, action: maskActions([event.action])[0] ?? event.action }
}
