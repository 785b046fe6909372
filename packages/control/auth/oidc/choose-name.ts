import type { World } from '../../control.ts'
import { ControlError } from '../../errors.ts'
import { collections } from '../records.ts'

const mostCharacters = 50
const mostOfOneName = 100

/** A name that is free, from what the provider calls somebody. Nobody is known by it: who is called like another gets a number. */
export const chooseName = async (
  { documents }: Pick<World, 'documents'>,
  claims: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<string> => {
  const wanted = toName(claims)
  const taken = new Set((await documents.list(collections.person, {}, signal)).map(({ id }) => id))
  for (let number = 1; number <= mostOfOneName; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!taken.has(name)) return name
  }
  throw new ControlError('name-taken', `there are too many people called ${wanted}`, { status: 409 })
}

const toName = ({ preferred_username: username, email, name }: Readonly<Record<string, unknown>>): string => {
  const texts = [username, email, name].filter((text) => typeof text === 'string')
  const names = texts.map((text) => simplify(text.replace(/@.*$/, ''))).filter((text) => text !== '')
  return names[0] ?? 'somebody'
}

const simplify = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, mostCharacters)
    .replaceAll(/^-+|-+$/g, '')
