import type { LabProgress } from '@atoll/lab'
import type { Output } from '../cli.ts'
import { createLive } from './live.ts'
import { renderSpinner, spinnerMs } from './spinner.ts'
import { renderDuration } from './time.ts'

type Show = (progress: LabProgress) => void
type Began = Extract<LabProgress, { kind: 'began' }>

/** What takes less is not spoken of when it is over. */
const slowMs = 2000

/** Shows what a lab is working on: in place with a running clock on a terminal, line by line anywhere else. */
export const createLabProgress = (output: Output, clock: { now(): number }): Show =>
  output.isTerminal ? createLiveProgress(output, clock) : createPlainProgress(output)

const createLiveProgress = (output: Output, clock: { now(): number }): Show => {
  const { palette } = output
  const live = createLive(output)
  const running = new Map<string, Began & { readonly startMs: number }>()
  let timer: NodeJS.Timeout | undefined
  const draw = (): void => {
    const nowMs = clock.now()
    const lines = [...running.values()].map((work) => {
      const took = palette.dim(renderDuration(nowMs - work.startMs))
      return `${renderSpinner({ palette, nowMs })} ${work.what}${renderUsually(work)} ${took}`
    })
    live.draw(lines)
  }
  const end = (what: string): void => {
    running.delete(what)
    if (running.size > 0) return
    clearInterval(timer)
    timer = undefined
    live.clear()
  }
  return (progress) => {
    const line = renderEnd(progress)
    if (line !== undefined) live.print(palette.dim(line))
    if (progress.kind === 'began') {
      running.set(progress.what, { ...progress, startMs: clock.now() })
      timer ??= setInterval(draw, spinnerMs)
    } else if (progress.kind !== 'said') end(progress.what)
  }
}

const createPlainProgress = (output: Output): Show => {
  const timers = new Map<string, NodeJS.Timeout>()
  const print = (line: string): void => output.write(`${output.palette.dim(line)}\n`)
  return (progress) => {
    if (progress.kind === 'began') {
      const announce = (): void => print(`${progress.what}${renderUsually(progress)} ...`)
      timers.set(progress.what, setTimeout(announce, slowMs))
      return
    }
    if (progress.kind !== 'said') clearTimeout(timers.get(progress.what))
    const line = renderEnd(progress)
    if (line !== undefined) print(line)
  }
}

const renderUsually = ({ usually }: Began): string => (usually === undefined ? '' : ` (${usually})`)

/** The line that stays; undefined when there is nothing to say. What failed is told by the error that follows. */
const renderEnd = (progress: LabProgress): string | undefined => {
  if (progress.kind === 'said') return progress.line
  if (progress.kind !== 'done' || progress.tookMs < slowMs) return undefined
  return `${progress.what}: done after ${renderDuration(progress.tookMs)}`
}
