import { createHash } from 'node:crypto'

/** A number from 0 to below 1 that follows from the text: what is spread by it falls on the same moment every time. */
export const shareOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32
