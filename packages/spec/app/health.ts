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

/** Longest from one probe's start to the verdict of the next; 0 without a check of the file's own. */
export const verdictMs = (healthcheck: Healthcheck | undefined): number => {
  if (healthcheck === undefined || healthcheck.test[0] === 'NONE') return 0
  return (healthcheck.intervalMs || DEFAULT_INTERVAL_MS) + (healthcheck.timeoutMs || DEFAULT_TIMEOUT_MS)
}
