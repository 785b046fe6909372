import { findLabs } from '@atoll/lab'
import type { Lab } from '@atoll/lab'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { jsonFlag } from '../../parameters.ts'
import type { JsonFlags } from '../../parameters.ts'
import type { Palette } from '../../terminal/palette.ts'
import { renderTable } from '../../terminal/table.ts'
import { createLabContext } from './lab-command.ts'

export const command = defineCommand<JsonFlags, []>({
  examples: [
    ['atoll lab ls', 'all labs of this machine'],
    ['atoll lab ls --json', 'with sockets, as data'],
  ],
  parameters: { flags: jsonFlag },
  run: async (cli, flags) => {
    const labs = await findLabs(createLabContext(cli).home)
    const text = flags.json ? JSON.stringify(labs) : renderLabs(labs, cli.stdout.palette)
    cli.stdout.write(`${text}\n`)
    return exitStatus.good
  },
})

const renderLabs = (labs: readonly Lab[], palette: Palette): string => {
  if (labs.length === 0) return 'no labs; "atoll lab up" makes one'
  const rows = labs.map((lab) => [
    lab.name,
    String(lab.nodes.length),
    String(lab.nodes.filter((node) => node.isManager).length),
    lab.subnet,
    lab.registry,
    lab.phase === 'up' ? 'up' : palette.yellow('half-built; repeat "atoll lab up"'),
  ])
  return renderTable(['LAB', 'NODES', 'MANAGERS', 'SUBNET', 'REGISTRY', 'STATE'], rows, palette).join('\n')
}
