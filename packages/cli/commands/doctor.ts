import type { Finding } from '@atoll/engine'
import { defineCommand } from '../command.ts'
import { openCluster } from '../open-cluster.ts'
import { exitStatus } from '../exit-status.ts'
import { engineFlags } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import type { Palette } from '../terminal/palette.ts'

export const command = defineCommand<EngineFlags, []>({
  description: 'Ends with status 1 when something is bad, so that a scheduled job can tell.',
  examples: [
    ['atoll doctor', 'the swarm your environment points at'],
    ['atoll doctor --engine ssh://root@node-1 --json', 'another one, as data'],
  ],
  parameters: { flags: engineFlags },
  run: async (cli, flags) => {
    await using connection = await openCluster(cli, flags)
    const diagnosis = await connection.cluster.diagnose(cli.signal)
    const { palette } = cli.stdout
    const head = `engine ${diagnosis.engineVersion}, API ${diagnosis.apiVersion}, at ${connection.name}`
    const lines = [head, '', ...diagnosis.findings.flatMap((finding) => renderFinding(finding, palette))]
    cli.stdout.write(flags.json ? `${JSON.stringify(diagnosis)}\n` : `${lines.join('\n')}\n`)
    return diagnosis.findings.some((finding) => finding.state === 'bad') ? exitStatus.failed : exitStatus.good
  },
})

const marks = { good: ['green', '✓'], warning: ['yellow', '!'], bad: ['red', '✗'] } as const

const renderFinding = ({ check, state, message, hint }: Finding, palette: Palette): readonly string[] => {
  const [colour, mark] = marks[state]
  const line = `${palette[colour](mark)} ${palette.bold(check)}: ${message}`
  return hint === undefined ? [line] : [line, `  ${palette.dim('→')} ${hint}`]
}
