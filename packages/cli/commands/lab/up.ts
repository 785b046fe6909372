import { sshArgv, upLab } from '@atoll/lab'
import type { Lab } from '@atoll/lab'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { parseNumber } from '../../parameters.ts'
import { renderDuration } from '../../terminal/time.ts'
import { createLabContext, defaultLab, labAliases, labFlags, runReported } from './lab-command.ts'
import type { LabFlags } from './lab-command.ts'

type Flags = LabFlags & {
  readonly bare: boolean
  readonly nodes?: number
  readonly managers?: number
  readonly zones?: number
}

export const command = defineCommand<Flags, []>({
  description:
    'Real Docker Engines in one swarm, with a registry and two images to build on. Needs root; Debian packages that\nare missing are installed. May be repeated: what is off, cut, frozen or full is set right.',
  examples: [
    ['atoll lab up', 'three nodes, all managers, each in a zone of its own'],
    ['atoll lab up --name rehearsal --nodes 5 --zones 2', 'another beside it'],
    ['eval "$(atoll lab up)"', 'and point docker of this shell at it'],
    ['atoll lab up --bare --name metal --nodes 2', 'hosts on which nothing is installed but sshd'],
  ],
  parameters: {
    flags: {
      ...labFlags,
      name: { ...labFlags.name, brief: `Lab; "${defaultLab}" when not said` },
      bare: {
        kind: 'boolean',
        brief: 'A Debian with sshd for each host, no engine',
        default: false,
        withNegated: false,
      },
      nodes: count('Nodes, 1 to 20; 3 when not said'),
      managers: count('How many of them are managers, an odd number; 3 when there are as many nodes'),
      zones: count('Zones the nodes are dealt to in turn; one each when not said'),
    },
    aliases: labAliases,
  },
  run: (cli, { json, name = defaultLab, ...shape }) =>
    runReported(cli, async () => {
      const startMs = cli.clock.now()
      const context = createLabContext(cli)
      const say = (line: string) => context.onProgress({ kind: 'said', line })
      const sayHow = () => say('"atoll lab up" goes on from here, "atoll lab down" removes it')
      // As data it is part of something larger, which knows what to say.
      if (!json) cli.signal.addEventListener('abort', sayHow, { once: true })
      const lab = await upLab({ ...shape, name }, context)
      const took = renderDuration(cli.clock.now() - startMs)
      const nodes = lab.nodes.length === 1 ? '1 node' : `${lab.nodes.length} nodes`
      say(`lab ${lab.name}: ${nodes} and registry ${lab.registry} up after ${took}`)
      cli.stdout.write(`${json ? JSON.stringify(lab) : renderWayIn(lab)}\n`)
      return exitStatus.good
    }),
})

/** How to reach the first node: a line for the shell. */
function renderWayIn({ nodes }: Lab): string {
  const [first] = nodes
  return first?.ssh === undefined ? `export DOCKER_HOST=unix://${first?.socket}` : sshArgv(first.ssh).join(' ')
}

function count(brief: string) {
  return { kind: 'parsed', parse: parseNumber, optional: true, brief, placeholder: 'number' } as const
}
