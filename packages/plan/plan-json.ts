import type { Action, Warning } from './action.ts'
import type { RouteDifference } from './diff-routes.ts'
import { countActions } from './explain.ts'
import type { ActionCounts } from './explain.ts'
import { maskChange, maskData } from './mask.ts'
import { restartCauses } from './restarts.ts'

/** A plan as data, for programs: secrets masked, contents of files left out. */
export interface PlanDocument {
  readonly actions: readonly unknown[]
  readonly routes: readonly RouteDifference[]
  readonly warnings: readonly Warning[]
  readonly summary: ActionCounts
}

export const planJson = (
  actions: readonly Action[],
  warnings: readonly Warning[],
  routes: readonly RouteDifference[] = [],
): PlanDocument => ({
  actions: actions.map(toDocument),
  routes: routes.map((route) => ({ ...route, changes: route.changes.map(maskChange) })),
  warnings,
  summary: countActions(actions),
})

/** A changed service tells its changes and for which of them it restarts. */
const toDocument = (action: Action): unknown => {
  if (action.kind !== 'update-service' && action.kind !== 'replace-service') return maskData(action)
  const { changes, ...rest } = action
  const causes = action.kind === 'replace-service' ? changes : restartCauses(changes)
  return {
    ...(maskData(rest) as object),
    changes: changes.map(maskChange),
    restarts: causes.map(({ field }) => field),
  }
}
