import type { Cli } from '../cli.ts'
import { reportFailure } from '../failure.ts'
import { renderServerPlan } from '../terminal/server-plan.ts'
import type { Looked, Progress } from './apply-servers.ts'

/** What differs on each server, and which could not be looked at. */
export const tellPlans = (cli: Cli, looked: readonly Looked[]): void => {
  for (const each of looked) {
    const { node } = each.target
    if (each.kind === 'failed') reportFailure(cli, each.error, { asJson: false })
    else cli.stdout.write(`${renderServerPlan({ node, ...each.proposal }, cli.stdout.palette).join('\n')}\n`)
  }
}

/** A line when a change is begun, and when it is done: installing packages takes a while. */
export const tellProgress = (cli: Cli): Progress => {
  const { palette } = cli.stderr
  const tell = (text: string): void => cli.stderr.write(`${text}\n`)
  return {
    onBegin: (node, subject) => tell(palette.dim(`${node}: ${subject} ...`)),
    onDone: (node, subject) => tell(`${node}: ${subject} ${palette.green('done')}`),
    onFailed: (node, error) => {
      tell(`${node}: ${palette.red('failed')}; what comes after it was not begun`)
      reportFailure(cli, error, { asJson: false })
    },
  }
}
