import type { Document } from '@atoll/store'
import type { World } from '../control.ts'
import { notFound } from '../errors.ts'
import { collections } from './records.ts'
import type { PersonRecord } from './records.ts'

export type FoundPerson = Document<PersonRecord>

/** ControlError `not-found`. */
export const getPerson = async (
  { documents }: Pick<World, 'documents'>,
  name: string,
  signal: AbortSignal,
): Promise<FoundPerson> => {
  const found = await documents.find<PersonRecord>(collections.person, name, signal)
  if (found === undefined) throw notFound(`there is no person ${name}`)
  return found
}

/** By compare-and-set; throws StoreError `conflict` when somebody was faster. */
export const putPerson = (
  { documents }: Pick<World, 'documents'>,
  { id, revision }: Pick<FoundPerson, 'id' | 'revision'>,
  { value, signal }: { readonly value: PersonRecord; readonly signal: AbortSignal },
): Promise<FoundPerson> => documents.put(collections.person, id, { expected: revision, value }, signal)
