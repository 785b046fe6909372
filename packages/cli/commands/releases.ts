import type { ListedRelease } from '../cluster/cluster.ts'
import { defineCommand } from '../command.ts'
import { exitStatus } from '../exit-status.ts'
import { appParameter, fileAliases, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { openCluster } from '../open-cluster.ts'
import { findRef } from '../project/find-ref.ts'
import type { Palette } from '../terminal/palette.ts'
import { screenOf } from '../terminal/screen.ts'
import type { Screen } from '../terminal/screen.ts'
import { drop, renderTable, shorten } from '../terminal/table.ts'
import { renderMoment } from '../terminal/time.ts'

export const command = defineCommand<TargetFlags, [app?: string]>({
  usage: '[APP]',
  examples: [
    ['atoll releases', 'of the app of this folder, newest first'],
    ['atoll releases shop/staging --json', 'of another, as data'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: { kind: 'tuple', parameters: [appParameter] },
  },
  run: async (cli, flags, app) => {
    const ref = findRef(cli, flags, app)
    await using connection = await openCluster(cli, flags)
    const found = await connection.cluster.releases(ref, cli.signal)
    if (flags.json) cli.stdout.write(`${JSON.stringify(found)}\n`)
    else cli.stdout.write(`${renderReleases(found, screenOf(cli.stdout)).join('\n')}\n`)
    return exitStatus.good
  },
})

const renderReleases = (found: readonly ListedRelease[], screen: Screen): readonly string[] => {
  if (found.length === 0) return ['nothing was released here yet; "atoll deploy" does it']
  const { palette } = screen
  const rows = found.map((release) => [
    `${release.number}${release.isCurrent ? palette.green(' ←') : ''}`,
    renderMoment(release.createdAtMs),
    release.author,
    renderCommit(release, palette),
    renderOrigin(release),
  ])
  const spare = [...shorten('WHAT'), ...drop('COMMIT'), ...shorten('BY')]
  return renderTable(['RELEASE', 'MADE', 'BY', 'COMMIT', 'WHAT'], rows, { ...screen, spare })
}

const renderCommit = ({ git }: ListedRelease, palette: Palette): string =>
  git === undefined ? palette.dim('none') : `${git.commit.slice(0, 8)}${git.isDirty ? palette.yellow('+changes') : ''}`

const renderOrigin = ({ origin, git }: ListedRelease): string => {
  const from = origin.from === undefined ? '' : ` of ${origin.from}`
  const note = origin.note ?? (origin.kind === 'deploy' ? git?.subject : undefined)
  return note === undefined ? `${origin.kind}${from}` : `${origin.kind}${from}: ${note}`
}
