import { defineRoleCommand } from './role-command.ts'

export const command = defineRoleCommand({
  role: 'worker',
  description: `Refused when the managers that are left would have no quorum: nothing could be changed any more. A leader hands its lead over
before. Takes some seconds, or minutes where the managers elect meanwhile.`,
  examples: [
    ['atoll node demote node-3', 'it runs tasks, and keeps nothing of the state of the cluster'],
    ['atoll node demote node-3 --json', 'the outcome as data'],
  ],
})
