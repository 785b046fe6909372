import { fillNode } from '@atoll/lab'
import { renderBytes } from '../../terminal/size.ts'
import { defineNodeCommand } from './lab-command.ts'

export const command = defineNodeCommand({
  description: "Leaves no byte free where its engine keeps everything. This machine's own disk loses nothing.",
  examples: [['atoll lab fill node-2', 'until "atoll lab free node-2"']],
  run: async ({ lab, node }) => {
    const bytes = await fillNode(lab, node)
    return `${node.name} is full: ${renderBytes(bytes)} taken; "atoll lab free ${node.name}" gives them back`
  },
})
