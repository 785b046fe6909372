import { freeNode } from '@atoll/lab'
import { defineNodeCommand } from './lab-command.ts'

export const command = defineNodeCommand({
  description: 'Undoes "lab fill".',
  examples: [['atoll lab free node-2', 'after "atoll lab fill node-2"']],
  run: async ({ lab, node }) => {
    await freeNode(lab, node)
    return `${node.name} has room again`
  },
})
