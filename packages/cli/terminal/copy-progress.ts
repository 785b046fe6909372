import type { Output } from '../cli.ts'
import { createLive } from './live.ts'
import { renderBytes } from './size.ts'

/** What has been copied so far, at the bottom of a terminal, once it takes longer than a person waits gladly. */
export interface CopyProgress extends Disposable {
  readonly add: (bytes: number) => void
  readonly bytes: () => number
}

/** Before anybody is told that an answer is waited for. */
const firstMs = 1_500
const everyMs = 500

export const createCopyProgress = (output: Output): CopyProgress => {
  const live = createLive(output)
  const startedMs = performance.now()
  let total = 0
  const draw = (): void => {
    const elapsedMs = performance.now() - startedMs
    if (elapsedMs > firstMs) live.draw([renderProgress(total, elapsedMs)])
  }
  const timer = output.isTerminal ? setInterval(draw, everyMs) : undefined
  return {
    add: (bytes) => void (total += bytes),
    bytes: () => total,
    [Symbol.dispose]: () => {
      clearInterval(timer)
      if (timer !== undefined && performance.now() - startedMs > firstMs) live.clear()
    },
  }
}

const renderProgress = (bytes: number, elapsedMs: number): string =>
  `copied ${renderBytes(bytes)}, ${renderBytes(bytes / (elapsedMs / 1000))}/s`
