import { startNode } from '@atoll/lab'
import { defineNodeCommand } from './lab-command.ts'

export const command = defineNodeCommand({
  description: 'It boots with the disk it had. On a node that is on, an engine that has crashed is started.',
  examples: [['atoll lab start node-2', 'after "atoll lab kill node-2"']],
  run: async ({ lab, node, signal }) => {
    await startNode(lab, node, signal)
    return `${node.name} is on and its engine answers`
  },
})
