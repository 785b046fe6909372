import { cutNode } from '@atoll/lab'
import { defineNodeCommand } from './lab-command.ts'

export const command = defineNodeCommand({
  description:
    'It keeps running, as a server does whose cable was pulled; "lab exec" still reaches it, as a console would.',
  examples: [['atoll lab cut node-2', 'no packet comes or goes any more']],
  run: async ({ node, signal }) => {
    await cutNode(node, signal)
    return `${node.name} has no link; "atoll lab heal ${node.name}" gives it back`
  },
})
