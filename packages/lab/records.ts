import { readdir, rename, writeFile } from 'node:fs/promises'
import { LabError } from './errors.ts'
import { findJson } from './find-json.ts'
import { describeLab, labRecordSchema } from './lab.ts'
import type { Lab, LabRecord } from './lab.ts'

// Whoever only looks for a lab enters here and loads nothing of what runs one.
export { readLabConfig } from './config.ts'
import { labFolder } from './names.ts'

const recordFile = (home: string, name: string): string => `${labFolder(home, name)}/lab.json`

/** What is stored of a lab; undefined when there is none, or when a crash of the machine has left half a file of it. */
export const findRecord = async (home: string, name: string): Promise<LabRecord | undefined> => {
  const stored = await findJson(recordFile(home, name))
  return stored === undefined ? undefined : labRecordSchema.safeParse(stored).data
}

/** Replaces the stored record at one instant. */
export const writeRecord = async (home: string, record: LabRecord): Promise<void> => {
  const file = recordFile(home, record.name)
  await writeFile(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`)
  await rename(`${file}.new`, file)
}

/** Every recorded lab, in the order of names; reads one small file per lab and asks nobody. */
export const findLabs = async (home: string): Promise<Lab[]> => {
  // By code units: to compare as a language does costs every command 15 ms.
  const names = (await readdir(home).catch(() => [])).toSorted((one, other) => (one < other ? -1 : 1))
  const records = await Promise.all(names.map((name) => findRecord(home, name)))
  return records.filter((record) => record !== undefined).map((record) => describeLab(record, home))
}

/** One recorded lab. Throws LabError `no-such-lab`. */
export const getLab = async (home: string, name: string): Promise<Lab> => {
  const record = await findRecord(home, name)
  if (record !== undefined) return describeLab(record, home)
  throw new LabError(
    'no-such-lab',
    `find lab ${name} in ${home}: there is none; "atoll lab up --name ${name}" makes it`,
  )
}
