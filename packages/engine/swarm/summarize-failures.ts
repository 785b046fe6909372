import { EngineError } from '../errors.ts'
import { quorumHint } from './reply-error.ts'

/**
 * The one error to tell when every manager failed, of one failure each in the order they were asked: what a manager that
 * still answers says of the Swarm tells more than the dead sockets of the others.
 */
export const summarizeFailures = (doing: string, failures: readonly EngineError[]): EngineError => {
  const managers = failures.filter(({ code }) => code !== 'refused')
  const answering = managers.filter(({ code }) => code === 'no-quorum')
  const silent = managers.filter(({ code }) => code === 'timeout')
  const isMinority = (some: readonly EngineError[]): boolean => some.length * 2 <= managers.length
  const telling = answering[0] ?? silent[0] ?? managers.at(-1) ?? failures.at(-1)
  if (telling === undefined) return new EngineError('invalid', `${doing}: no endpoint of an engine was given`)
  const isLost = isMinority([...answering, ...silent]) && answering.length + silent.length > 0
  if (managers.length < 2 || !isLost) return telling
  const count = `${answering.length} of ${managers.length} managers ${answering.length === 1 ? 'answers' : 'answer'}`
  return new EngineError('no-quorum', `${doing}: no quorum: ${count}; ${quorumHint}`, { cause: telling })
}
