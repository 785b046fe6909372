import { observeLab, sshArgv } from '@atoll/lab'
import type { LabStatus, NodeStatus } from '@atoll/lab'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import type { Palette } from '../../terminal/palette.ts'
import { screenOf } from '../../terminal/screen.ts'
import type { Screen } from '../../terminal/screen.ts'
import { drop, renderTable } from '../../terminal/table.ts'
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
      cli.stdout.write(flags.json ? `${JSON.stringify(status)}\n` : renderStatus(status, screenOf(cli.stdout)))
      return exitStatus.good
    }),
})

const renderStatus = (status: LabStatus, screen: Screen): string => {
  const { palette } = screen
  const registry = status.isRegistryUp ? palette.green('answers') : palette.red('does not answer')
  const head = `lab ${palette.bold(status.name)}, ${status.subnet}, registry ${status.registry} ${registry}`
  const columns = columnsOf[status.kind]
  const rows = status.nodes.map((node) => columns.map((column) => renderCell[column](node, palette)))
  const images = Object.values(status.images ?? {}).map((image) => `image ${image}`)
  const logins = status.nodes.flatMap(({ ssh }) => (ssh === undefined ? [] : [sshArgv(ssh).join(' ')]))
  return `${[head, '', ...renderTable(columns, rows, { ...screen, spare: drop('SOCKET', 'ZONE') }), '', ...logins, ...images].join('\n')}\n`
}

type Column = 'NODE' | 'ZONE' | 'ADDRESS' | 'POWER' | 'LINK' | 'DISK' | 'ROLE' | 'STATE' | 'SOCKET'

const machineColumns: readonly Column[] = ['NODE', 'ZONE', 'ADDRESS', 'POWER', 'LINK', 'DISK']

const columnsOf: Readonly<Record<LabStatus['kind'], readonly Column[]>> = {
  swarm: [...machineColumns, 'ROLE', 'STATE', 'SOCKET'],
  bare: machineColumns,
}

const renderCell: Readonly<Record<Column, (node: NodeStatus, palette: Palette) => string>> = {
  NODE: ({ name }) => name,
  ZONE: ({ zone }) => zone,
  ADDRESS: ({ address }) => address,
  POWER: ({ power }, palette) => (power === 'on' ? palette.green('on') : palette.red(power)),
  LINK: ({ isLinked }, palette) => (isLinked ? palette.green('up') : palette.red('none')),
  DISK: renderDisk,
  ROLE: ({ role }, palette) => role ?? palette.dim('unknown'),
  STATE: ({ state }, palette) =>
    state === undefined ? palette.dim('unknown') : state === 'ready' ? state : palette.red(state),
  SOCKET: ({ socket }) => socket ?? '',
}

function renderDisk({ disk }: NodeStatus, palette: Palette): string {
  if (disk === undefined) return palette.dim('unknown')
  const percent = Math.round((disk.usedBytes / disk.sizeBytes) * 100)
  return percent >= 90 ? palette.red(`${percent} %`) : `${percent} %`
}
