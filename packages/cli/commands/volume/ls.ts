import type { LocatedVolume } from '../../cluster/cluster.ts'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { appParameter, fileAliases, targetFlags } from '../../parameters.ts'
import type { TargetFlags } from '../../parameters.ts'
import { openCluster } from '../../open-cluster.ts'
import { findRef } from '../../project/find-ref.ts'
import { screenOf } from '../../terminal/screen.ts'
import type { Screen } from '../../terminal/screen.ts'
import { renderBytes } from '../../terminal/size.ts'
import { renderTable, shorten } from '../../terminal/table.ts'

export const command = defineCommand<TargetFlags, [app?: string]>({
  description: 'A volume stays on the node that holds it, and the services that mount it stay there too.',
  usage: '[APP]',
  examples: [
    ['atoll volume ls', 'of the app of this folder'],
    ['atoll volume ls shop/staging --json', 'of another, as data'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: { kind: 'tuple', parameters: [appParameter] },
  },
  run: async (cli, flags, app) => {
    const ref = findRef(cli, flags, app)
    await using connection = await openCluster(cli, flags)
    const located = await connection.cluster.volumes(ref, cli.signal)
    if (flags.json) cli.stdout.write(`${JSON.stringify(located.map(({ volume }) => volume))}\n`)
    else cli.stdout.write(`${renderVolumes(located, screenOf(cli.stdout)).join('\n')}\n`)
    return exitStatus.good
  },
})

const renderVolumes = (volumes: readonly LocatedVolume[], screen: Screen): readonly string[] => {
  if (volumes.length === 0) return ['no volumes']
  const rows = volumes.map(({ volume: { engineName, nodeName, sizeBytes }, isReachable }) => [
    engineName,
    isReachable ? nodeName : `${nodeName} ${screen.palette.red('(not ready)')}`,
    sizeBytes === undefined ? screen.palette.dim('unknown: its node cannot be reached') : renderBytes(sizeBytes),
  ])
  return renderTable(['VOLUME', 'NODE', 'SIZE'], rows, { ...screen, spare: shorten('SIZE', 'VOLUME') })
}
