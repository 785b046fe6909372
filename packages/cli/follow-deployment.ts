import type { DeploymentEvent } from '@atoll/deploy'
import type { Cli } from './cli.ts'
import { renderFrame } from './terminal/deployment-frame.ts'
import { renderEvent } from './terminal/deployment-lines.ts'
import { applyEvent, emptyView } from './terminal/deployment-view.ts'
import { createLive } from './terminal/live.ts'
import { spinnerMs } from './terminal/spinner.ts'

/** Where the events of a deployment go: live lines, plain lines, or JSON lines. Disposing takes the live lines away. */
export interface Follower extends Disposable {
  readonly onEvent: (event: DeploymentEvent) => void
}

/** Progress goes to standard error, so that standard output holds the result alone; as data it is the result. */
export const followDeployment = (cli: Cli, { asJson }: { readonly asJson: boolean }): Follower => {
  if (asJson) return followAsJson(cli)
  return cli.stderr.isTerminal ? followLive(cli) : followPlain(cli)
}

const followAsJson = (cli: Cli): Follower => ({
  onEvent: (event) => cli.stdout.write(`${JSON.stringify(event)}\n`),
  [Symbol.dispose]: () => {},
})

const followPlain = (cli: Cli): Follower => ({
  onEvent: (event) => renderEvent(event, cli.stderr.palette).forEach((line) => cli.stderr.write(`${line}\n`)),
  [Symbol.dispose]: () => {},
})

/** What a person wants to read again after the live lines are gone. */
const staying: ReadonlySet<DeploymentEvent['kind']> = new Set(['plan', 'cause', 'rollback'])

const followLive = (cli: Cli): Follower => {
  const { palette } = cli.stderr
  const live = createLive(cli.stderr)
  let view = emptyView(cli.clock.now())
  const draw = (): void => live.draw(renderFrame(view, { palette, nowMs: cli.clock.now() }))
  const timer = setInterval(draw, spinnerMs)
  return {
    onEvent: (event) => {
      view = applyEvent(view, event)
      if (staying.has(event.kind)) live.print(renderEvent(event, palette).join('\n'))
    },
    [Symbol.dispose]: () => {
      clearInterval(timer)
      live.clear()
    },
  }
}
