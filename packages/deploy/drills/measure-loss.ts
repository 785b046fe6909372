import type { Occupancy, PlacedService, WhatIf } from '@atoll/plan'

/** What was seen of a loss, in milliseconds from its beginning; absent is what did not come. */
export interface Measured {
  /** The managers list the node as not ready. */
  readonly detectedMs?: number
  /** Every task that can start elsewhere has been given a node. */
  readonly rescheduledMs?: number
  /** All of them run, healthy where they have a check. */
  readonly wholeMs?: number
  /** The node is ready again. */
  readonly backMs?: number
  /** The longest in which no manager answered. */
  readonly silentMs: number
}

/** A service with tasks on the node, and how many it has without it. */
interface Expected {
  readonly engineName: string
  readonly tasks: number
}

export interface LossWatch {
  /** What the managers said, `nowMs` after the beginning; undefined: none answered. */
  readonly see: (nowMs: number, occupancy: Occupancy | undefined) => void
  readonly measured: () => Measured
  /** Nothing more is to come. */
  readonly isOver: () => boolean
}

/** Takes the times of a loss from looks at the cluster. What was foreseen is what counts as whole. */
export const watchLoss = (nodeId: string, before: Occupancy, foreseen: WhatIf): LossWatch => {
  const expected = listExpected(nodeId, before, foreseen)
  let measured: Measured = { silentMs: 0 }
  let answeredMs = 0
  return {
    see: (nowMs, occupancy) => {
      const silentMs = Math.max(measured.silentMs, nowMs - answeredMs)
      measured = { ...measured, silentMs }
      if (occupancy === undefined) return
      answeredMs = nowMs
      measured = note(measured, { nowMs, ...judge(occupancy, nodeId, expected) })
    },
    measured: () => measured,
    isOver: () => measured.backMs !== undefined && measured.wholeMs !== undefined,
  }
}

const listExpected = (nodeId: string, { services }: Occupancy, foreseen: WhatIf): readonly Expected[] =>
  services
    .filter(({ rules, tasks }) => rules.mode.kind === 'replicated' && tasks.some((task) => task.nodeId === nodeId))
    .map((service) => ({ engineName: service.engineName, tasks: findAfter(service, foreseen) }))

const findAfter = ({ ref, name, tasks }: PlacedService, { services }: WhatIf): number =>
  services.find(
    (loss) => loss.service === name && loss.ref?.app === ref?.app && loss.ref?.environment === ref?.environment,
  )?.after ?? tasks.length

interface Judged {
  readonly isReady: boolean
  readonly isRescheduled: boolean
  readonly isWhole: boolean
}

const judge = ({ nodes, services }: Occupancy, nodeId: string, expected: readonly Expected[]): Judged => {
  const countElsewhere = (engineName: string, mustRun: boolean): number =>
    services
      .filter((service) => service.engineName === engineName)
      .flatMap(({ tasks }) => tasks)
      .filter((task) => task.nodeId !== nodeId && task.isWanted && (task.isRunning || !mustRun)).length
  return {
    isReady: nodes.find(({ id }) => id === nodeId)?.state === 'ready',
    isRescheduled: expected.every(({ engineName, tasks }) => countElsewhere(engineName, false) >= tasks),
    isWhole: expected.every(({ engineName, tasks }) => countElsewhere(engineName, true) >= tasks),
  }
}

/** Each time once, and none before the loss was seen. */
const note = (
  measured: Measured,
  { nowMs, isReady, isRescheduled, isWhole }: Judged & { readonly nowMs: number },
): Measured => {
  const { detectedMs = isReady ? undefined : nowMs } = measured
  if (detectedMs === undefined) return measured
  const at = (known: number | undefined, isNow: boolean): number | undefined => known ?? (isNow ? nowMs : undefined)
  const times = {
    detectedMs,
    rescheduledMs: at(measured.rescheduledMs, isRescheduled),
    wholeMs: at(measured.wholeMs, isWhole),
    backMs: at(measured.backMs, isReady),
  }
  const known = Object.entries(times).filter(([, ms]) => ms !== undefined)
  return { silentMs: measured.silentMs, ...Object.fromEntries(known) }
}
