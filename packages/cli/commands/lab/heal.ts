import { healNode } from '@atoll/lab'
import { defineNodeCommand } from './lab-command.ts'

export const command = defineNodeCommand({
  description: 'Undoes "lab cut".',
  examples: [['atoll lab heal node-2', 'it reaches the others again']],
  run: async ({ lab, node, signal }) => {
    await healNode(lab, node, signal)
    return `${node.name} is linked`
  },
})
