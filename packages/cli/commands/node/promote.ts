import { defineRoleCommand } from './role-command.ts'

export const command = defineRoleCommand({
  role: 'manager',
  description: `Managers keep the state of the cluster and choose a leader; more than half of them have to be there for anything to be changed.
An odd number is best: three may lose one, five two. Takes some seconds, or minutes where the managers elect meanwhile.`,
  examples: [
    ['atoll node promote node-3', 'it keeps the state of the cluster from then on'],
    ['atoll node promote node-3 --json', 'the outcome as data'],
  ],
})
