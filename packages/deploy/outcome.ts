import type { DeploymentRecord, Outcome } from './records.ts'

/** Of a deployment that has ended; undefined while it runs. */
export const findOutcome = ({ state, number, release, receipt }: DeploymentRecord): Outcome | undefined =>
  state === 'running' ? undefined : { kind: state, deployment: number, release, receipt }
