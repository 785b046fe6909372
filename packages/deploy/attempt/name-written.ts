import type { Action } from '@atoll/plan'

/** The compose name of the service an action writes; undefined for every other action. */
export const nameWritten = (action: Action): string | undefined => {
  switch (action.kind) {
    case 'create-service':
    case 'update-service':
    case 'replace-service':
      return action.service.name
    default:
      return undefined
  }
}
