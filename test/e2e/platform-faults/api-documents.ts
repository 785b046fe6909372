import { ApiError, type Client, type Reply } from '@atoll/api'
import { ConflictError, StoreError, type Document, type Documents } from '@atoll/store'

type Allowance = Reply<'getAllowance'>

/** Where a mark stands in an allowance: the one thing in it that is free text. */
const prefix = '/mark/'
const readMark = ({ hostPaths }: Pick<Allowance, 'hostPaths'>): string => hostPaths[0]?.slice(prefix.length) ?? ''

const never = (): never => {
  throw new Error('the API has no such call of an allowance')
}

/** The allowances of apps, as one control answers for them, in the shape of the port of the store; values are marks. */
export function openAllowances(client: Client): Documents {
  const get = (name: string, signal: AbortSignal) => client.call('getAllowance', { params: { name } }, signal)
  const toDocument = <T>(id: string, found: Allowance): Document<T> => ({
    collection: 'allowance',
    id,
    revision: found.revision,
    value: readMark(found) as T,
    writtenAtMs: 0,
  })
  return {
    put: async (_collection, id, { expected, value }, signal) => {
      const { revision: _, ...nothing } = await translate(get('nobody', signal))
      const body = { ...nothing, hostPaths: [prefix + String(value)] }
      const request = { params: { name: id }, headers: { 'if-match': `"${expected}"` }, body }
      return toDocument(id, await translate(client.call('changeAllowance', request, signal)))
    },
    find: async (_collection, id, signal) => {
      const found = await translate(get(id, signal))
      return found.revision === 0 ? undefined : toDocument(id, found)
    },
    list: never,
    history: never,
    remove: never,
    watch: never,
  }
}

/** The same documents where they are kept, whatever controls say of them. */
export const readAllowances = (documents: Documents): Documents => ({
  ...documents,
  history: async (collection, id, signal) => {
    const found = await documents.history<Allowance>(collection, id, signal)
    return found.map((document) => ({ ...document, value: readMark(document.value) as never }))
  },
})

/** Of all that is not a refusal by revision nobody knows whether it took place. */
async function translate<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    const isConflict = cause instanceof ApiError && (cause.code === 'changed' || cause.code === 'conflict')
    if (isConflict) throw new ConflictError(cause.message, cause)
    throw new StoreError('unreachable', String(cause), { cause })
  }
}
