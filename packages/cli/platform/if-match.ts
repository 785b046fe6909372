import type { Client } from '@atoll/api'
import { CommandError } from '../errors.ts'
import { listAll } from './list-all.ts'

/** The header that says which revision of a person a change is meant for. CommandError `not-found`. */
export const matchPerson = async (
  client: Client,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly 'if-match': string }> => {
  const people = await listAll((query) => client.call('listPeople', { query }, signal))
  const person = people.find((each) => each.name === name)
  if (person !== undefined) return { 'if-match': `"${person.revision}"` }
  throw new CommandError('not-found', `there is no person ${name}`, { hint: '"atoll people ls" lists everybody' })
}
