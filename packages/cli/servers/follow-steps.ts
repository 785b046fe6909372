import type { Cli } from '../cli.ts'
import { followDeployment } from '../follow-deployment.ts'
import type { Follower } from '../follow-deployment.ts'
import type { Steps } from './lay-ground.ts'

/**
 * Steps on servers as people or programs read them. Disposing takes the live lines away. They begin with the first step, because
 * before it somebody may be asked something in the same place.
 */
export const followSteps = (cli: Cli, options: { readonly asJson: boolean }): Steps & Disposable => {
  let begun: Follower | undefined
  const follower = (): Follower => (begun ??= followDeployment(cli, options))
  return {
    onStep: (step) => follower().onStep(step),
    onLine: (line) => follower().onLine(line),
    onNote: (note) => follower().onNote(note),
    [Symbol.dispose]: () => {
      begun?.[Symbol.dispose]()
      begun = undefined
    },
  }
}
