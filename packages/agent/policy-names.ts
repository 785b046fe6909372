import type { NodeChange } from '@atoll/engine'
import { drainLabel, witnessLabel } from '@atoll/plan'

/** Why something may not be done: the compose key, what it would reach, and what to do. */
export interface Violation {
  readonly path: string
  readonly message: string
  readonly hint: string
}

/**
 * Names of the platform's services, keys, volumes and documents. The engine compares some names without regard to case. An
 * app that begins with `atoll-` is fine unless its names could be mistaken for these.
 */
const platformNames = /^atoll(?:[._]|-(?:part|volume)\.|-system(?:[._]|$))/i

export const isPlatformName = (engineName: string): boolean => platformNames.test(engineName)

/** An app that could name the platform's keys or documents could read them. */
export const judgeName = (engineName: string, path: string): Violation | undefined =>
  isPlatformName(engineName)
    ? { path, message: `${engineName} is the platform's own`, hint: 'use another name; nobody can allow this' }
    : undefined

/** By these labels the platform knows its own. */
export const judgeLabels = (labels: Readonly<Record<string, string>>, path: string): Violation | undefined => {
  const label = Object.keys(labels).find((name) => /^atoll\./i.test(name))
  if (label === undefined) return undefined
  const hint = 'use another prefix; nobody can allow this'
  return { path: `${path}.${label}`, message: "labels that begin with atoll. are the platform's own", hint }
}

/** Of the platform's own labels of nodes only those of a drain and of a witness are ever written. */
export const judgeNodeChange = ({ labels = {}, removedLabels = [] }: NodeChange): readonly Violation[] => {
  const keys = [...Object.keys(labels), ...removedLabels].filter((key) => key !== drainLabel && key !== witnessLabel)
  const violation = judgeLabels(Object.fromEntries(keys.map((key) => [key, ''])), 'labels')
  return violation === undefined ? [] : [violation]
}
