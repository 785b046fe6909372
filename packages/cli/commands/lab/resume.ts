import { resumeNode } from '@atoll/lab'
import { defineNodeCommand } from './lab-command.ts'

export const command = defineNodeCommand({
  description: 'Every process goes on from where it stopped.',
  examples: [['atoll lab resume node-2', 'after "atoll lab pause node-2"']],
  run: async ({ lab, node }) => {
    await resumeNode(lab, node)
    return `${node.name} goes on`
  },
})
