import { killNode } from '@atoll/lab'
import { defineNodeCommand } from './lab-command.ts'

export const command = defineNodeCommand({
  description: 'All its processes die at one instant, and nothing answers for it. Its disk stays.',
  examples: [['atoll lab kill node-2', 'then "atoll status --watch" to see the others take over']],
  run: async ({ lab, node }) => {
    await killNode(lab, node)
    return `${node.name} is off; "atoll lab start ${node.name}" boots it with the disk it had`
  },
})
