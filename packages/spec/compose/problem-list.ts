import type { Problem } from '../problem.ts'
import type { Position } from '../project.ts'
import { MAX_PROBLEMS } from './limits.ts'
import type { KeyPath } from './node.ts'
import { renderKey } from './node.ts'

export interface Complaint {
  readonly at: Position
  readonly key?: KeyPath
  readonly message: string
  readonly hint?: string | undefined
  /** Default: error. */
  readonly severity?: Problem['severity']
}

export type Report = (complaint: Complaint) => void

export interface ProblemList {
  readonly report: Report
  readonly hasErrors: () => boolean
  /** In the order of files and lines. */
  readonly problems: () => readonly Problem[]
}

/** Longest message; one that names a circle of five thousand services helps nobody. */
const MAX_MESSAGE_CHARACTERS = 1_000

/** Collects what is wrong, each thing once: a value that several steps look at is complained about by the first. `paths` says the order of files; others follow. */
export const createProblemList = (paths: readonly string[] = []): ProblemList => {
  const found = new Map<string, Problem>()
  const files = [...paths]
  const report: Report = ({ at, key = [], message: whole, hint, severity = 'error' }) => {
    const message = whole.length > MAX_MESSAGE_CHARACTERS ? `${whole.slice(0, MAX_MESSAGE_CHARACTERS)}...` : whole
    if (!files.includes(at.path)) files.push(at.path)
    const id = `${at.path}:${at.line}:${at.column}:${message}`
    if (found.has(id) || (severity === 'warning' && found.size >= MAX_PROBLEMS)) return
    if (found.size > MAX_PROBLEMS) return
    found.set(id, {
      severity,
      ...at,
      key: renderKey(key),
      message: found.size < MAX_PROBLEMS ? message : `${message}; more problems follow that are not listed`,
      ...(hint === undefined ? {} : { hint }),
    })
  }
  const order = (a: Problem, b: Problem): number =>
    files.indexOf(a.path) - files.indexOf(b.path) || a.line - b.line || a.column - b.column
  return {
    report,
    hasErrors: () => [...found.values()].some((problem) => problem.severity === 'error'),
    problems: () => [...found.values()].sort(order),
  }
}
