import type { Healthcheck } from '../app.ts'
import { defined } from './defined.ts'
import { checkKeys, honoured } from './keys.ts'
import { countOf, durationMsOf } from './quantities.ts'
import { at, flagOf, isIdle, isMapping, textOf, textsOf, type Source } from './source.ts'

export const healthKeys = honoured(
  'disable',
  'interval',
  'retries',
  'start_interval',
  'start_period',
  'test',
  'timeout',
)

export const healthcheckOf = (source: Source): Healthcheck | undefined => {
  if (isIdle(source) || !isMapping(source.value)) return undefined
  checkKeys(source, healthKeys)
  if (flagOf(at(source, 'disable'))) return { test: ['NONE'] }
  return defined({
    test: testOf(at(source, 'test')),
    intervalMs: durationMsOf(at(source, 'interval')),
    timeoutMs: durationMsOf(at(source, 'timeout')),
    startPeriodMs: durationMsOf(at(source, 'start_period')),
    startIntervalMs: durationMsOf(at(source, 'start_interval')),
    retries: countOf(at(source, 'retries')),
  })
}

/** One text is a shell's line. */
const testOf = (source: Source): readonly string[] => {
  const text = textOf(source)
  return text === undefined ? textsOf(source) : ['CMD-SHELL', text]
}

/** The engine's own, where neither file nor image say more (Engine API, `HealthConfig`). */
const DEFAULT_INTERVAL_MS = 30_000
const DEFAULT_TIMEOUT_MS = 30_000

/** A probe that takes longer than this to answer is a slow one; few wait for its timeout to be told that it is bad. */
const USUAL_TIMEOUT_MS = 5_000

/** From one probe's start to the verdict of the next, as it usually comes; 0 without a check of the file's own. */
export const nextVerdictMs = (healthcheck: Healthcheck | undefined): number => {
  if (healthcheck === undefined || healthcheck.test[0] === 'NONE') return 0
  const { intervalMs, timeoutMs } = healthcheck
  return (intervalMs || DEFAULT_INTERVAL_MS) + Math.min(timeoutMs || DEFAULT_TIMEOUT_MS, USUAL_TIMEOUT_MS)
}
