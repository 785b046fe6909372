import { maskChange } from '@atoll/plan'
import type { ReleaseDifference } from '@atoll/deploy'
import { defineCommand } from '../command.ts'
import { exitStatus } from '../exit-status.ts'
import { fileAliases, parseNumber, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { openCluster } from '../open-cluster.ts'
import { findRef } from '../project/find-ref.ts'
import type { Palette } from '../terminal/palette.ts'

export const command = defineCommand<TargetFlags, [from: number, to: number]>({
  usage: 'FROM TO',
  examples: [
    ['atoll diff 3 4', 'what release 4 changed against 3'],
    ['atoll diff 3 4 --json', 'the same as data'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: parseNumber, brief: 'Older release', placeholder: 'from' },
        { parse: parseNumber, brief: 'Newer release', placeholder: 'to' },
      ],
    },
  },
  run: async (cli, flags, from, to) => {
    const ref = findRef(cli, flags)
    await using connection = await openCluster(cli, flags)
    const differences = (await connection.cluster.diff({ ref, from, to }, cli.signal)).map(mask)
    if (flags.json) cli.stdout.write(`${JSON.stringify(differences)}\n`)
    else cli.stdout.write(`${renderDifferences(differences, cli.stdout.palette).join('\n')}\n`)
    return exitStatus.good
  },
})

/** A diff is pasted into chats; that a password changed is enough there. */
const mask = (difference: ReleaseDifference): ReleaseDifference => ({
  ...difference,
  changes: difference.changes.map(maskChange),
})

const signs = { added: ['green', '+'], removed: ['red', '-'], changed: ['yellow', '~'] } as const

const renderDifferences = (differences: readonly ReleaseDifference[], palette: Palette): readonly string[] => {
  if (differences.length === 0) return ['the releases are the same']
  return differences.flatMap(({ service, kind, changes }) => {
    const [colour, sign] = signs[kind]
    return [
      `${palette[colour](sign)} ${palette.bold(service)}`,
      ...changes.map((change) => `    ${renderChange(change, palette)}`),
    ]
  })
}

const renderChange = ({ field, from, to }: ReleaseDifference['changes'][number], palette: Palette): string =>
  `${field}: ${palette.red(from ?? 'nothing')} → ${palette.green(to ?? 'nothing')}`
