import { rebootNode } from '@atoll/lab'
import { defineNodeCommand } from './lab-command.ts'

export const command = defineNodeCommand({
  description: 'Its processes are asked to end first and given ten seconds for it. It boots with the disk it had.',
  examples: [['atoll lab reboot node-2', 'as after an update of its kernel']],
  run: async ({ lab, node, signal }) => {
    await rebootNode(lab, node, signal)
    return `${node.name} is on again`
  },
})
