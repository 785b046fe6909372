import type { Mode, RestartPolicy } from '../app.ts'
import { defined } from './defined.ts'
import { checkKeys, honoured } from './keys.ts'
import { isEnding } from './mode.ts'
import { countOf, durationMsOf } from './quantities.ts'
import { at, isIdle, refuse, textOf, warn, type Source } from './source.ts'

export const policyKeys = honoured('condition', 'delay', 'max_attempts', 'window')

/** `deploy.restart_policy`, else `restart`; else a service is kept running and what runs once is not repeated. */
export const restartOf = (service: Source, mode: Mode): RestartPolicy => {
  const policy = at(service, 'deploy', 'restart_policy')
  const restart = isIdle(policy) ? ofRestart(at(service, 'restart'), mode) : ofPolicy(policy, mode)
  if (!isEnding(mode) || restart.condition !== 'any') return restart
  warn(isIdle(policy) ? at(service, 'restart') : policy, 'what runs once is not run again after it has succeeded')
  return { ...restart, condition: 'on-failure' }
}

const ofPolicy = (source: Source, mode: Mode): RestartPolicy => {
  checkKeys(source, policyKeys)
  return defined({
    condition: conditionOf(at(source, 'condition'), mode),
    delayMs: durationMsOf(at(source, 'delay')),
    maxAttempts: countOf(at(source, 'max_attempts')),
    windowMs: durationMsOf(at(source, 'window')),
  })
}

const conditions: Readonly<Record<string, RestartPolicy['condition']>> = {
  none: 'none',
  no: 'none',
  'on-failure': 'on-failure',
  any: 'any',
  always: 'any',
  'unless-stopped': 'any',
}

const fallback = (mode: Mode): RestartPolicy['condition'] => (isEnding(mode) ? 'none' : 'any')

const conditionOf = (source: Source, mode: Mode): RestartPolicy['condition'] => {
  const text = textOf(source) ?? ''
  if (text === '') return isEnding(mode) ? 'on-failure' : 'any'
  const condition = Object.hasOwn(conditions, text) ? conditions[text] : undefined
  if (condition !== undefined) return condition
  refuse(source, `the condition ${text} does not exist`, 'use none, on-failure or any')
  return fallback(mode)
}

/** Compose `restart`: `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:3`. */
const ofRestart = (source: Source, mode: Mode): RestartPolicy => {
  const [word = '', attempts] = (textOf(source) ?? '').split(':', 2)
  if (word === '') return { condition: fallback(mode) }
  const condition = word !== 'none' && Object.hasOwn(conditions, word) ? conditions[word] : undefined
  if (condition === undefined) {
    refuse(source, `the policy ${word} does not exist`, 'use no, always, unless-stopped or on-failure')
    return { condition: fallback(mode) }
  }
  const maxAttempts = Number(attempts)
  return maxAttempts > 0 ? { condition, maxAttempts } : { condition }
}
