import { findLastDrill, getDrill } from '@atoll/deploy'
import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { renderDrill } from '../../terminal/drill.ts'
import { screenOf } from '../../terminal/screen.ts'

export const command = defineCommand<EngineFlags, [number: number]>({
  description: 'Everything that was seen of it, beside the drill before it of the same kind on the same node.',
  examples: [
    ['atoll drill show 3', 'one of those of "atoll drill ls"'],
    ['atoll drill show 3 --json', 'as data'],
  ],
  parameters: {
    flags: engineFlags,
    positional: {
      kind: 'tuple',
      parameters: [{ parse: parseNumber, brief: 'Its number', placeholder: 'number' }],
    },
  },
  run: async (cli, flags, number) => {
    await using connection = await openCluster(cli, flags)
    const drills = await connection.cluster.drills(cli.signal)
    const drill = getDrill(drills, number)
    const last = findLastDrill(drills, drill)
    const lines = flags.json
      ? [JSON.stringify({ drill, ...(last === undefined ? {} : { last }) })]
      : renderDrill(drill, last, screenOf(cli.stdout))
    cli.stdout.write(`${lines.join('\n')}\n`)
    return exitStatus.good
  },
})

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new UsageError(`drill "${text}": a drill has a number`, '"atoll drill ls" lists them')
}
