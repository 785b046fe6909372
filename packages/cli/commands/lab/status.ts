import { observeLab } from '@atoll/lab'
import type { LabStatus, NodeStatus } from '@atoll/lab'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import type { Palette } from '../../terminal/palette.ts'
import { renderTable } from '../../terminal/table.ts'
import { labAliases, labFlags, openLab, runReported } from './lab-command.ts'
import type { LabFlags } from './lab-command.ts'

export const command = defineCommand<LabFlags, []>({
  description: 'Power, link and disk are what the machine sees; role and state are what the swarm believes.',
  examples: [
    ['atoll lab status', 'of the only lab'],
    ['atoll lab status --name rehearsal --json', 'of another, as data'],
  ],
  parameters: { flags: labFlags, aliases: labAliases },
  run: (cli, flags) =>
    runReported(cli, async () => {
      const status = await observeLab(await openLab(cli, flags))
      cli.stdout.write(flags.json ? `${JSON.stringify(status)}\n` : renderStatus(status, cli.stdout.palette))
      return exitStatus.good
    }),
})

const renderStatus = (status: LabStatus, palette: Palette): string => {
  const registry = status.isRegistryUp ? palette.green('answers') : palette.red('does not answer')
  const head = `lab ${palette.bold(status.name)}, ${status.subnet}, registry ${status.registry} ${registry}`
  const rows = status.nodes.map((node) => renderNode(node, palette))
  const images = Object.values(status.images ?? {}).map((image) => `image ${image}`)
  const columns = ['NODE', 'ZONE', 'ADDRESS', 'POWER', 'LINK', 'DISK', 'ROLE', 'STATE', 'SOCKET']
  return `${[head, '', ...renderTable(columns, rows, palette), '', ...images].join('\n')}\n`
}

const renderNode = (node: NodeStatus, palette: Palette): readonly string[] => [
  node.name,
  node.zone,
  node.address,
  node.power === 'on' ? palette.green('on') : palette.red(node.power),
  node.isLinked ? palette.green('up') : palette.red('none'),
  renderDisk(node, palette),
  node.role ?? palette.dim('unknown'),
  node.state === undefined ? palette.dim('unknown') : node.state === 'ready' ? node.state : palette.red(node.state),
  node.socket,
]

const renderDisk = ({ disk }: NodeStatus, palette: Palette): string => {
  if (disk === undefined) return palette.dim('unknown')
  const percent = Math.round((disk.usedBytes / disk.sizeBytes) * 100)
  return percent >= 90 ? palette.red(`${percent} %`) : `${percent} %`
}
