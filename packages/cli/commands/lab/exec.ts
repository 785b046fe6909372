import { execInNode, getNode } from '@atoll/lab'
import { defineCommand } from '../../command.ts'
import { labAliases, labFlags, nodeAndWords, openLab, runReported } from './lab-command.ts'
import type { LabFlags } from './lab-command.ts'

export const command = defineCommand<LabFlags, [node: string, ...argv: string[]]>({
  description: 'Input and output are yours, and the exit status is that of the command.',
  examples: [
    ['atoll lab exec node-2 -- docker ps', 'what its engine runs'],
    ['atoll lab exec node-2 -- bash', 'a shell there'],
  ],
  parameters: {
    flags: labFlags,
    aliases: labAliases,
    positional: nodeAndWords(2),
  },
  run: (cli, flags, name, ...argv) =>
    runReported(cli, async () => {
      const lab = await openLab(cli, flags)
      return execInNode(lab, getNode(lab, name), argv)
    }),
})
