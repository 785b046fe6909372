import { pauseNode } from '@atoll/lab'
import { defineNodeCommand } from './lab-command.ts'

export const command = defineNodeCommand({
  description:
    'Containers included. They keep their memory and their connections, as in a virtual machine that is moved.',
  examples: [['atoll lab pause node-2', 'until "atoll lab resume node-2"']],
  run: async ({ lab, node }) => {
    await pauseNode(lab, node)
    return `${node.name} is frozen; "atoll lab resume ${node.name}" lets it go on`
  },
})
