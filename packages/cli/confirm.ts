import { confirm as ask } from '@clack/prompts'

/** Asks on the terminal; the answer nobody gave is no. */
export const confirm = async (question: string): Promise<boolean> =>
  (await ask({ message: question, initialValue: false })) === true
