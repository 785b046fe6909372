import type { Action } from '@atoll/plan'

/** What an action does, in a few words: "create service web". */
export const describeAction = (action: Action): string => {
  switch (action.kind) {
    case 'create-network':
      return `create network ${action.network.name}`
    case 'create-config':
      return `create config ${action.file.name}`
    case 'create-secret':
      return `create secret ${action.file.name}`
    case 'place-volume':
      return `place volume ${action.volume.name} on ${action.nodeName}`
    case 'create-service':
      return `create service ${action.service.name}`
    case 'update-service':
      return `update service ${action.service.name}`
    case 'replace-service':
      return `replace service ${action.service.name}`
    case 'await-service':
      return `wait until ${action.service} is ${conditionWords[action.condition]}`
    case 'remove-service':
      return `remove service ${action.engineName}`
    case 'remove-network':
      return `remove network ${action.engineName}`
    case 'remove-config':
      return `remove config ${action.engineName}`
    case 'remove-secret':
      return `remove secret ${action.engineName}`
  }
}

const conditionWords = { started: 'started', healthy: 'healthy', completed: 'done' } as const
