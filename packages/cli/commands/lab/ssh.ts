import { getNode, sshIntoNode } from '@atoll/lab'
import { defineCommand } from '../../command.ts'
import { labAliases, labFlags, nodeAndWords, openLab, runReported } from './lab-command.ts'
import type { LabFlags } from './lab-command.ts'

export const command = defineCommand<LabFlags, [node: string, ...words: string[]]>({
  description:
    'Of a lab that was made with --bare. As with ssh itself, the words after -- are joined and read by the shell there,\nand the exit status is that of the command, or 255.',
  examples: [
    ['atoll lab ssh node-1', 'a shell there, as root'],
    ['atoll lab ssh node-1 -- apt-get install docker.io', 'and back again'],
  ],
  parameters: {
    flags: labFlags,
    aliases: labAliases,
    positional: nodeAndWords(1),
  },
  run: (cli, flags, name, ...words) =>
    runReported(cli, async () => {
      const lab = await openLab(cli, flags)
      return sshIntoNode(lab, getNode(lab, name), words)
    }),
})
