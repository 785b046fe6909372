import type { ObservedVolume } from '@atoll/plan'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { appParameter, fileAliases, targetFlags } from '../../parameters.ts'
import type { TargetFlags } from '../../parameters.ts'
import { findRef } from '../../project/find-ref.ts'
import type { Palette } from '../../terminal/palette.ts'
import { renderBytes } from '../../terminal/size.ts'
import { renderTable } from '../../terminal/table.ts'

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
    await using connection = await cli.connect(flags.engine)
    const { engine } = connection.context
    const observed = await engine.observe(ref, cli.signal)
    const sizes = await engine.volumeSizes(ref, cli.signal)
    const lost = new Set(observed.nodes.filter((node) => node.state !== 'ready').map((node) => node.id))
    const volumes = observed.volumes.map((volume) => ({
      ...volume,
      sizeBytes: volume.sizeBytes ?? sizes[volume.engineName],
    }))
    if (flags.json) cli.stdout.write(`${JSON.stringify(volumes)}\n`)
    else cli.stdout.write(`${renderVolumes(volumes, { lost, palette: cli.stdout.palette }).join('\n')}\n`)
    return exitStatus.good
  },
})

type Sized = Omit<ObservedVolume, 'sizeBytes'> & { readonly sizeBytes: number | undefined }

const renderVolumes = (
  volumes: readonly Sized[],
  { lost, palette }: { readonly lost: ReadonlySet<string>; readonly palette: Palette },
): readonly string[] => {
  if (volumes.length === 0) return ['no volumes']
  const rows = volumes.map(({ engineName, nodeId, nodeName, sizeBytes }) => [
    engineName,
    lost.has(nodeId) ? `${nodeName} ${palette.red('(not ready)')}` : nodeName,
    sizeBytes === undefined ? palette.dim('unknown: its node cannot be reached') : renderBytes(sizeBytes),
  ])
  return renderTable(['VOLUME', 'NODE', 'SIZE'], rows, palette)
}
