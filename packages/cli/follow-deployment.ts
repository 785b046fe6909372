import { stripVTControlCharacters } from 'node:util'
import type { DeploymentEvent } from '@atoll/deploy'
import type { Cli } from './cli.ts'
import { renderFrame } from './terminal/deployment-frame.ts'
import { renderEvent } from './terminal/deployment-lines.ts'
import { applyEvent, emptyView } from './terminal/deployment-view.ts'
import { createLive } from './terminal/live.ts'
import type { Palette } from './terminal/palette.ts'
import { renderSpinner, spinnerMs } from './terminal/spinner.ts'
import { renderDuration } from './terminal/time.ts'

/** Where the events of a deployment go: live lines, plain lines, or JSON lines. Disposing takes the live lines away. */
export interface Follower extends Disposable {
  readonly onEvent: (event: DeploymentEvent) => void
  /** Something begins that is no event of a deployment; it lasts until the next step or event. */
  readonly onStep: (step: string) => void
  /** What a program of the step says meanwhile; a person sees the last line of it. */
  readonly onLine: (line: string) => void
  /** Something a person should read, for good. */
  readonly onNote: (note: string) => void
}

type Terminal = Pick<Cli, 'stdout' | 'stderr' | 'clock'>

/** Progress goes to standard error, so that standard output holds the result alone; as data it is the result. */
export const followDeployment = (cli: Terminal, { asJson }: { readonly asJson: boolean }): Follower => {
  if (asJson) return followAsJson(cli)
  return cli.stderr.isTerminal ? followLive(cli) : followPlain(cli)
}

const followAsJson = (cli: Terminal): Follower => ({
  onEvent: (event) => cli.stdout.write(`${JSON.stringify(event)}\n`),
  onStep: (step) => cli.stdout.write(`${JSON.stringify({ kind: 'step', step })}\n`),
  onLine: () => {},
  onNote: (note) => cli.stdout.write(`${JSON.stringify({ kind: 'note', note })}\n`),
  [Symbol.dispose]: () => {},
})

const followPlain = (cli: Terminal): Follower => ({
  onEvent: (event) => renderEvent(event, cli.stderr.palette).forEach((line) => cli.stderr.write(`${line}\n`)),
  onStep: (step) => cli.stderr.write(`${cli.stderr.palette.bold(step)}\n`),
  onLine: () => {},
  onNote: (note) => cli.stderr.write(`  ${note}\n`),
  [Symbol.dispose]: () => {},
})

/** What a person wants to read again after the live lines are gone. */
const staying: ReadonlySet<DeploymentEvent['kind']> = new Set(['plan', 'cause', 'rollback'])

const followLive = (cli: Terminal): Follower => {
  const { palette } = cli.stderr
  const live = createLive(cli.stderr)
  let view = emptyView(cli.clock.now())
  let stepAtMs: number | undefined
  let said = ''
  const draw = (): void => {
    const look = { palette, nowMs: cli.clock.now() }
    live.draw(stepAtMs === undefined ? renderFrame(view, look) : [renderStep(stepAtMs, { ...look, said })])
  }
  const timer = setInterval(draw, spinnerMs)
  return {
    onEvent: (event) => {
      if (stepAtMs !== undefined) view = emptyView(cli.clock.now())
      stepAtMs = undefined
      view = applyEvent(view, event)
      if (staying.has(event.kind)) live.print(renderEvent(event, palette).join('\n'))
    },
    onStep: (step) => {
      stepAtMs = cli.clock.now()
      said = ''
      live.print(palette.bold(step))
    },
    onLine: (line) => {
      said = stripVTControlCharacters(line)
    },
    onNote: (note) => live.print(`  ${note}`),
    [Symbol.dispose]: () => {
      clearInterval(timer)
      live.clear()
    },
  }
}

/** What it is about stands above for good. */
const renderStep = (
  startedAtMs: number,
  { palette, nowMs, said }: { readonly palette: Palette; readonly nowMs: number; readonly said: string },
): string => {
  const clock = `${renderSpinner({ palette, nowMs })} ${palette.dim(renderDuration(nowMs - startedAtMs))}`
  return said === '' ? clock : `${clock} ${palette.dim(said)}`
}
