import { password, text } from '@clack/prompts'

/** Asks on the terminal; undefined when the person walks away. */
export const askText = async (question: string): Promise<string | undefined> =>
  toAnswer(await text({ message: question }))

/** The same without showing what is typed. */
export const askSecret = async (question: string): Promise<string | undefined> =>
  toAnswer(await password({ message: question }))

/** Who walks away leaves a symbol. */
const toAnswer = (answer: unknown): string | undefined => (typeof answer === 'string' ? answer : undefined)
