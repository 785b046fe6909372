import type { Dependency } from '../app.ts'
import { at, entriesOf, flagOf, isMapping, refuse, textOf, textsOf, type Source } from './source.ts'

const conditions: Readonly<Record<string, Dependency['condition']>> = {
  service_started: 'started',
  service_healthy: 'healthy',
  service_completed_successfully: 'completed',
}

/** `depends_on` in both forms, sorted by service. */
export const dependenciesOf = (source: Source): readonly Dependency[] =>
  isMapping(source.value)
    ? entriesOf(source).map(([service, entry]) => ({
        service,
        condition: conditionOf(at(entry, 'condition')),
        isRequired: flagOf(at(entry, 'required')) ?? true,
        restarts: flagOf(at(entry, 'restart')) ?? false,
      }))
    : [...textsOf(source)]
        .sort()
        .map((service) => ({ service, condition: 'started' as const, isRequired: true, restarts: false }))

const conditionOf = (source: Source): Dependency['condition'] => {
  const text = textOf(source) ?? 'service_started'
  const condition = Object.hasOwn(conditions, text) ? conditions[text] : undefined
  if (condition !== undefined) return condition
  refuse(source, `the condition ${text} does not exist`, `use ${Object.keys(conditions).join(', ')}`)
  return 'started'
}
