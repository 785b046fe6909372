import type { Service } from '@atoll/spec'
import type { FieldChange } from './observed.ts'

/** What the engine changes without making new tasks. */
const besideTasks: ReadonlySet<string> = new Set([
  'mode',
  'update',
  'rollback',
  'serviceLabels',
  'dependsOn',
  'definition',
])

/**
 * Tasks stay whose node still meets the new constraints, and a spread is looked at only when a task is placed; a task that has to
 * move is told by its node, not by this.
 */
const isBesideTasks = ({ field }: FieldChange): boolean =>
  field === 'placement.constraints' || field === 'placement.spread' || besideTasks.has(field.split('.')[0] ?? '')

/** Of a service's changes those for which its tasks are stopped and made anew. */
export const restartCauses = (changes: readonly FieldChange[]): readonly FieldChange[] =>
  changes.filter((change) => !isBesideTasks(change))

/** The part of a service that its tasks are made from; where they run is no part of it. */
export const taskFields = (service: Service): readonly (readonly [string, unknown])[] =>
  Object.entries(service).filter(([field]) => !besideTasks.has(field) && field !== 'placement')
