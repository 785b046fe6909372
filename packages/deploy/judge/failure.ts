import type { Cause } from '../records.ts'
import { findMeaning } from './engine-words.ts'
import type { Death } from './history.ts'

/** Why a service failed, as far as the tasks themselves say it; `toCause` adds what must be asked for. */
export interface Failure {
  readonly kind: Cause['kind']
  readonly service: string
  /** `exited with status 3`; the service's name stands before it. */
  readonly what: string
  readonly hint?: string
  /** Of the last task that died. */
  readonly taskId?: string
  readonly nodeId?: string
  readonly exitCode?: number
  readonly deaths: number
}

/** The failure that a death, the last of `deaths`, shows. */
export const explainDeath = ({ service, task }: Omit<Death, 'seenAtMs'>, deaths: number): Failure => {
  const text = [task.error, task.message].filter(Boolean).join(': ')
  const rule = findMeaning(text)
  const base = {
    service,
    taskId: task.id,
    deaths,
    ...(task.nodeId === undefined ? {} : { nodeId: task.nodeId }),
    ...(task.exitCode === undefined ? {} : { exitCode: task.exitCode }),
  }
  if (rule !== undefined) {
    const isSelfSaying = rule.kind === 'unhealthy' || rule.kind === 'out-of-memory'
    const said = task.error ?? task.message
    return { ...base, kind: rule.kind, what: isSelfSaying ? rule.what : `${rule.what} (${said})`, hint: rule.hint }
  }
  if (task.state === 'rejected') return { ...base, kind: 'rejected', what: `could not be started (${text})` }
  return { ...base, kind: 'exit', ...explainExit(task.exitCode ?? (task.state === 'complete' ? 0 : undefined), text) }
}

const explainExit = (exitCode: number | undefined, text: string): { what: string; hint?: string } => {
  if (exitCode === undefined) return { what: `died (${text})` }
  if (exitCode === 0) {
    return {
      what: 'ended by itself with status 0',
      hint: 'it should run forever; if it is a job, say so with "x-atoll: {run: once}"',
    }
  }
  const hint = exitHints[exitCode]
  return { what: `exited with status ${exitCode}`, ...(hint === undefined ? {} : { hint }) }
}

/** What shells and container runtimes mean by these. */
const exitHints: Readonly<Record<number, string>> = {
  126: 'the command is there but may not be executed: check its mode',
  127: 'the command was not found in the image: check command and entrypoint',
  137: 'it was killed: out of memory, or it did not stop in time',
  139: 'it crashed with a segmentation fault',
  143: 'it was told to stop',
}
