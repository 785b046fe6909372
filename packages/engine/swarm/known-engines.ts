import type { Finding } from '../engine.ts'
import { compareVersions } from './api-version.ts'

interface Trouble {
  /** First version that has it. */
  readonly from: string
  /** First that has it no more; absent: none is known. */
  readonly until?: string
  readonly state: 'warning' | 'bad'
  readonly message: string
  readonly hint: string
}

/** Engine versions that are known to misbehave, with where it was reported. */
const troubles: readonly Trouble[] = [
  {
    from: '0',
    until: '20.10',
    state: 'bad',
    message: 'has no jobs and an API older than 1.41',
    hint: 'install Docker 20.10 or newer',
  },
  {
    from: '29',
    state: 'warning',
    message: 'may lose service names for hours after its link was cut for 10 to 30 s (moby#53141)',
    hint: 'if names are not found after a cut, run "atoll restart"',
  },
]

export const checkEngine = (node: string, version: string): Finding => {
  const trouble = troubles.find(
    ({ from, until }) =>
      compareVersions(version, from) >= 0 && (until === undefined || compareVersions(version, until) < 0),
  )
  if (trouble === undefined) return { check: 'engine', state: 'good', message: `${node} runs Docker ${version}` }
  const { state, message, hint } = trouble
  return { check: 'engine', state, message: `${node} runs Docker ${version}, which ${message}`, hint }
}
