import { findLabs, listTraces } from '@atoll/lab'
import type { Lab } from '@atoll/lab'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { jsonFlag } from '../../parameters.ts'
import type { JsonFlags } from '../../parameters.ts'
import { screenOf } from '../../terminal/screen.ts'
import type { Screen } from '../../terminal/screen.ts'
import { drop, renderTable, shorten } from '../../terminal/table.ts'
import { createLabContext } from './lab-command.ts'

export const command = defineCommand<JsonFlags, []>({
  examples: [
    ['atoll lab ls', 'all labs of this machine'],
    ['atoll lab ls --json', 'with sockets, as data'],
  ],
  parameters: { flags: jsonFlag },
  run: async (cli, flags) => {
    const { home } = createLabContext(cli)
    const labs = await findLabs(home)
    const names = await listTraces(home)
    const remains = names.filter((name) => !labs.some((lab) => lab.name === name))
    const all: Listed = { labs, remains }
    const text = flags.json ? renderJson(all) : renderLabs(all, screenOf(cli.stdout))
    cli.stdout.write(`${text}\n`)
    return exitStatus.good
  },
})

/** `remains`: names of labs of which something is left, but no record. */
interface Listed {
  readonly labs: readonly Lab[]
  readonly remains: readonly string[]
}

const renderJson = ({ labs, remains }: Listed): string =>
  JSON.stringify([...labs, ...remains.map((name) => ({ name, phase: 'remains' }))])

const renderLabs = ({ labs, remains }: Listed, screen: Screen): string => {
  if (labs.length + remains.length === 0) return 'no labs; "atoll lab up" makes one'
  const rows = labs.map((lab) => [
    lab.name,
    String(lab.nodes.length),
    String(lab.nodes.filter((node) => node.isManager).length),
    lab.subnet,
    lab.registry,
    lab.phase === 'up' ? 'up' : screen.palette.yellow('half-built; repeat "atoll lab up"'),
  ])
  const unknown = remains.map((name) => [name, '', '', '', '', screen.palette.yellow('remains only; "atoll lab down"')])
  const spare = [...drop('REGISTRY'), ...shorten('STATE')]
  return renderTable(['LAB', 'NODES', 'MANAGERS', 'SUBNET', 'REGISTRY', 'STATE'], [...rows, ...unknown], {
    ...screen,
    spare,
  }).join('\n')
}
