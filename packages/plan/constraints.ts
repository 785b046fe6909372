import type { ObservedNode } from './observed.ts'

/** One placement constraint: `node.labels.zone==ams3`. */
export interface Constraint {
  readonly key: string
  readonly operator: '==' | '!='
  readonly value: string
}

const keyShape = /^[a-z_][a-z0-9\-_.]+$/i
const nodeLabels = 'node.labels.'
const engineLabels = 'engine.labels.'

/** The parts of a constraint as Swarm reads it, or undefined when Swarm would refuse it. */
export const findConstraint = (expression: string): Constraint | undefined => {
  const operator = expression.includes('==') ? '==' : '!='
  const at = expression.indexOf(operator)
  if (at < 0) return undefined
  const key = expression.slice(0, at).trim()
  const value = expression.slice(at + 2).trim()
  return keyShape.test(key) && value !== '' && !value.includes('=') ? { key, operator, value } : undefined
}

/** What the node has under the constraint's key; undefined for a key Swarm does not know. A label not set is empty. */
const findAttribute = (node: ObservedNode, key: string): string | undefined => {
  const lower = key.toLowerCase()
  if (lower.startsWith(nodeLabels)) return node.labels[key.slice(nodeLabels.length)] ?? ''
  if (lower.startsWith(engineLabels)) return node.engineLabels[key.slice(engineLabels.length)] ?? ''
  switch (lower) {
    case 'node.id':
      return node.id
    case 'node.hostname':
      return node.name
    case 'node.ip':
      return node.address
    case 'node.role':
      return node.isManager ? 'manager' : 'worker'
    case 'node.platform.os':
      return node.os
    case 'node.platform.arch':
      return node.architecture
    default:
      return undefined
  }
}

/**
 * Whether a node satisfies a constraint, by Swarm's rules (swarmkit, manager/constraint): values and the fixed part of a
 * key without regard to case, the name of a label with it; an unknown key matches no node.
 */
export const isSatisfied = (expression: string, node: ObservedNode): boolean => {
  const constraint = findConstraint(expression)
  if (constraint === undefined) return false
  const attribute = findAttribute(node, constraint.key)
  if (attribute === undefined) return false
  const isSame = attribute.toLowerCase() === constraint.value.toLowerCase()
  return constraint.operator === '==' ? isSame : !isSame
}

/**
 * Whether constraints ask for a role that no node has. A task on every worker is none where all are managers, and nothing to
 * mend: roles change as nodes come and go.
 */
export const isRoleMissing = (constraints: readonly string[], nodes: readonly ObservedNode[]): boolean =>
  constraints.some((constraint) => isRole(constraint) && !nodes.some((node) => isSatisfied(constraint, node)))

const isRole = (expression: string): boolean => {
  const { key, operator, value = '' } = findConstraint(expression) ?? {}
  return key === 'node.role' && operator === '==' && ['manager', 'worker'].includes(value)
}

/** What stands against an unmet constraint on this node, for people: `zone=fra1`. */
export const renderAttribute = (expression: string, node: ObservedNode): string => {
  const constraint = findConstraint(expression)
  if (constraint === undefined) return 'not a constraint the engine understands'
  const name = constraint.key.replace(/^(node|engine)\.(labels\.)?/i, '')
  const attribute = findAttribute(node, constraint.key)
  if (attribute === undefined) return `${constraint.key} is nothing the engine knows`
  return attribute === '' ? `no ${name}` : `${name}=${attribute}`
}
