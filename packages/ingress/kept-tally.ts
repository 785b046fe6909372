import { randomUUID } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { noAnswers } from './counting/answers.ts'
import type { Peak } from './counting/peaks.ts'
import type { SavedBook } from './counting/tally.ts'

/** What an ingress has counted, beside the table it kept. */
export interface KeptTally {
  /** Undefined: the one before did not end in good order, was of another build, or was never there. */
  readonly saved: SavedBook | undefined
  /** At the end. */
  readonly keep: (book: SavedBook) => Promise<void>
}

/** Another number whenever the data means something else; others are as good as none. */
const version = 1

interface Written {
  readonly version: number
  /** Of the ingress that counts. */
  readonly run?: string
  readonly book?: SavedBook
}

/**
 * Takes what is there away, and leaves a mark that somebody counts: whoever comes after a crash finds the mark alone. Only who has
 * left it replaces it, so that one which is late with its end does not speak for the next. Throws what writing throws.
 */
export const takeTally = async (folder: string): Promise<KeptTally> => {
  const run = randomUUID()
  const saved = (await read(folder))?.book
  await write(folder, { version, run })
  return {
    saved,
    keep: async (book) => {
      if ((await read(folder))?.run === run) await write(folder, { version, book })
    },
  }
}

const fileIn = (folder: string): string => join(folder, 'tally.json')

const read = async (folder: string): Promise<Written | undefined> => {
  try {
    const written = JSON.parse(await readFile(fileIn(folder), 'utf8')) as Written
    if (written.version !== version) return undefined
    return written.book === undefined || isBook(written.book) ? written : undefined
  } catch {
    return undefined
  }
}

const isBook = ({ life, moment, backends }: SavedBook): boolean =>
  typeof life === 'string' &&
  isCount(moment) &&
  backends.every(
    ({ name, route, answers: { statuses, ...answers }, peaks, probes, places = {} }) =>
      typeof name === 'string' &&
      typeof route === 'string' &&
      haveCounts(statuses, noAnswers.statuses) &&
      haveCounts(answers, noAnswers) &&
      [peaks, ...(probes === undefined ? [] : [probes.slowest, probes.gaps])].flat().every(isPeak) &&
      (probes === undefined || (isCount(probes.answered) && isCount(probes.failed))) &&
      Object.values(places).every((place) => Object.values(place).every((each) => each >= 0)),
  )

const isPeak = ({ moment, ms }: Peak): boolean => isCount(moment) && isCount(ms)

const haveCounts = (counts: object, like: object): boolean =>
  Object.entries(like).every(
    ([name, value]) => typeof value === 'object' || isCount((counts as Record<string, unknown>)[name]),
  )

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

/** Whole or not at all, and there for good when this resolves: after the power fails too, an older one must not be back. */
const write = async (folder: string, written: Written): Promise<void> => {
  const next = `${fileIn(folder)}.next`
  const file = await open(next, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(written))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, fileIn(folder))
  const entries = await open(folder, 'r')
  try {
    await entries.sync()
  } finally {
    await entries.close()
  }
}
