import type { Receipt } from '@atoll/deploy'
import { renderCanaryEnd } from './canary.ts'
import type { Palette } from './palette.ts'
import { count } from './problems.ts'
import { renderDuration } from './time.ts'
import { summarizeProbes, summarizeVisitors } from './visitors.ts'

/** The last lines of a deployment: how it ended, and what a person may want next. */
export const renderOutcome = (receipt: Receipt, palette: Palette): string => {
  const name = `${receipt.app}/${receipt.environment}`
  const took = palette.dim(`(${renderDuration((receipt.endedAtMs ?? receipt.startedAtMs) - receipt.startedAtMs)})`)
  if (isRemoval(receipt) && receipt.state === 'converged') {
    return `${palette.green('✓')} ${palette.bold(name)} is removed ${took}\n`
  }
  const more = palette.dim(`  atoll receipt ${receipt.deployment} --app ${name}   says what was measured`)
  const { visitors, canary } = receipt
  const told = [
    canary && renderCanaryEnd(canary, palette),
    visitors && summarizeVisitors(visitors, palette),
    visitors && summarizeProbes(visitors, palette),
  ]
  const lines = told.flatMap((line) => (line === undefined ? [] : [`  ${line}\n`])).join('')
  return `${renderVerdict(receipt, { name, palette })} ${took}\n${lines}${more}\n`
}

const renderVerdict = (
  receipt: Receipt,
  { name, palette }: { readonly name: string; readonly palette: Palette },
): string => {
  const { release, previous, state } = receipt
  switch (state) {
    case 'converged':
      return `${palette.green('✓')} ${palette.bold(name)} is at release ${release}, ${renderExtent(receipt)}`
    case 'rolled-back':
      if (!hasChanged(receipt))
        return `${palette.red('✗')} refused; ${palette.bold(name)} stays at release ${previous ?? '?'}`
      return `${palette.red('✗')} release ${release} failed; ${palette.bold(name)} is back at release ${previous ?? '?'}`
    case 'failed':
      if (!hasChanged(receipt)) return `${palette.red('✗')} refused; nothing of ${palette.bold(name)} was changed`
      if (isRebalancing(receipt))
        return `${palette.red('✗')} tasks of ${palette.bold(name)} could not be spread again; it runs as before`
      return `${palette.red('✗')} release ${release} failed; ${palette.bold(name)} ${renderLeft(receipt)}`
    case 'running':
      return `${palette.yellow('●')} release ${release} of ${palette.bold(name)} is still under way`
  }
}

/** Then the receipt is gone with everything else. */
const isRemoval = ({ phases }: Receipt): boolean => phases.some((phase) => phase.name === 'remove')

const isRebalancing = ({ phases }: Receipt): boolean => phases.some(({ name }) => name === 'rebalance')

/** A plan that would do harm is refused before its first action; what an older deployment left may be taken back by it. */
const hasChanged = ({ phases }: Receipt): boolean =>
  phases.some(({ name }) => name === 'apply' || name === 'rollback' || name === 'rebalance')

const renderLeft = ({ previous }: Receipt): string =>
  previous === undefined
    ? 'is scaled to zero and kept for you to look at'
    : `could not go back; once the cause is mended, "atoll rollback ${previous}" does`

const renderExtent = ({ tasks }: Receipt): string => {
  const running = tasks.filter((task) => task.states.at(-1)?.state === 'running')
  const nodes = new Set(running.map((task) => task.node))
  return `${count(running.length, 'task')} on ${count(nodes.size, 'node')}`
}
