import type { SeenEnvironment } from '../cluster/cluster.ts'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { drop, renderTable, shorten } from './table.ts'

/** Every environment, one a line, with how much of it is as it should be. */
export const renderAppList = (
  environments: readonly SeenEnvironment[],
  { nowMs, ...screen }: Screen & { readonly nowMs: number },
): readonly string[] => {
  if (environments.length === 0) return ['nothing is deployed here yet; "atoll deploy" does it']
  const { palette } = screen
  const rows = environments.map((environment) => [
    environment.ref.app,
    environment.ref.environment,
    environment.release === undefined ? palette.dim('none') : String(environment.release),
    renderShare(environment.good, environment.services, palette),
    renderShare(environment.tasks, environment.wanted, palette),
    environment.running === undefined ? '' : palette.yellow(renderRunning(environment.running, nowMs)),
  ])
  const spare = [...shorten(''), ...drop('RELEASE'), ...shorten('APP')]
  return renderTable(['APP', 'ENVIRONMENT', 'RELEASE', 'SERVICES', 'TASKS', ''], rows, { ...screen, spare })
}

const renderRunning = ({ deployment, leaseUntilMs }: NonNullable<SeenEnvironment['running']>, nowMs: number): string =>
  `deployment ${deployment} ${nowMs < leaseUntilMs ? 'is running' : 'was left before its end'}`

const renderShare = (good: number, all: number, palette: Palette): string => {
  const text = `${good}/${all}`
  return good >= all ? palette.green(text) : palette.red(text)
}
