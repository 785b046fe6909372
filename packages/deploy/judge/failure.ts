import type { Cause } from '../records.ts'
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

interface Rule {
  readonly kind: Cause['kind']
  readonly pattern: RegExp
  readonly what: string
  readonly hint: string
}

export const explanations = {
  unhealthy: {
    what: 'did not become healthy',
    hint: 'see the output of its health check; a slow start needs a longer start_period',
  },
  outOfMemory: {
    what: 'was killed because it needed more memory than its limit',
    hint: 'raise deploy.resources.limits.memory, or find what needs so much',
  },
} as const

/** Words of Docker and its registries, from the tasks' `Status.Err`; the first that matches holds. */
const rules: readonly Rule[] = [
  {
    kind: 'pull',
    pattern:
      /no such image|pull access denied|manifest (for .* not found|unknown)|failed to (pull|resolve)|repository .*not (found|exist)|image .*not found/i,
    what: 'could not get its image',
    hint: 'check the name and the tag, and that every node reaches the registry',
  },
  {
    kind: 'unhealthy',
    pattern: /unhealthy/i,
    ...explanations.unhealthy,
  },
  {
    kind: 'out-of-memory',
    pattern: /oom|out of memory/i,
    ...explanations.outOfMemory,
  },
  {
    kind: 'disk-full',
    pattern: /no space left on device/i,
    what: 'could not be started: the disk is full',
    hint: 'free room there ("docker system prune"), or drain the node, then deploy again',
  },
  {
    kind: 'rejected',
    pattern:
      /bind source path does not exist|invalid mount|no such network|port is already allocated|address already in use/i,
    what: 'could not be started',
    hint: 'the node says why; mend it there or in the compose file',
  },
]

/** The failure that a death, the last of `deaths`, shows. */
export const explainDeath = ({ service, task }: Death, deaths: number): Failure => {
  const text = [task.error, task.message].filter(Boolean).join(': ')
  const rule = rules.find(({ pattern }) => pattern.test(text))
  const base = {
    service,
    taskId: task.id,
    deaths,
    ...(task.nodeId === undefined ? {} : { nodeId: task.nodeId }),
    ...(task.exitCode === undefined ? {} : { exitCode: task.exitCode }),
  }
  if (rule !== undefined) {
    const isSelfSaying = rule.kind === 'unhealthy' || rule.kind === 'out-of-memory'
    return { ...base, kind: rule.kind, what: isSelfSaying ? rule.what : `${rule.what} (${text})`, hint: rule.hint }
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
