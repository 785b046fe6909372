import type { AnswerMessage } from '../spop/serve-spop.ts'
import type { CopyCounter } from './count-copies.ts'
import { heard } from './order.ts'
import { parseTold, type Told } from './parse-copy.ts'
import type { CopySender } from './send-copies.ts'

interface Parts {
  readonly sender: CopySender
  readonly counter: CopyCounter
  readonly log: (line: string) => void
}

/** HAProxy hears that it was heard before anything is done, and so has nothing to wait for. */
export const takeCopies = ({ sender, counter, log }: Parts): AnswerMessage => {
  const take = async ({ order, lost, copy }: Told): Promise<void> => {
    if (lost > 0) counter.note(order, 'dropped', lost)
    counter.note(order, copy === undefined ? 'cut' : await sender.send(order, copy))
  }
  return async (message) => {
    setImmediate(() => {
      try {
        void take(parseTold(message))
      } catch (error) {
        log(`take a copy: ${String(error)}`)
      }
    })
    return { [heard]: true }
  }
}
