import type { StoredFile } from '@atoll/spec'
import type { ApplyContext } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { isOwnedBy } from './labels.ts'
import { filesReply } from './replies.ts'
import { translateConfig, translateSecret } from './translate.ts'

export interface FileChange {
  readonly file: StoredFile
  readonly context: ApplyContext
}

/** The name ends in the hash of the content, so what is there under it and ours is what is wanted. */
export const createConfig = (api: Api, { file, context }: FileChange, signal: AbortSignal): Promise<void> =>
  createFile(
    api,
    { kind: 'config', engineName: file.engineName, context, body: translateConfig(file, context) },
    signal,
  )

/** Without the value at hand (a deployment carried on by somebody else) only a secret that is there already is fine. */
export const createSecret = async (api: Api, { file, context }: FileChange, signal: AbortSignal): Promise<void> => {
  const { engineName } = file
  if (context.secrets[engineName] !== undefined)
    return createFile(api, { kind: 'secret', engineName, context, body: translateSecret(file, context) }, signal)
  if (await isThereAndOurs(api, { kind: 'secret', engineName, context }, signal)) return
  throw new EngineError('invalid', `create secret ${engineName}: its value is not at hand; deploy again from its files`)
}

interface FileQuery {
  readonly kind: 'config' | 'secret'
  readonly engineName: string
  readonly context: ApplyContext
}

const createFile = async (
  api: Api,
  file: FileQuery & { readonly body: object },
  signal: AbortSignal,
): Promise<void> => {
  const { kind, engineName, context, body } = file
  try {
    await api.send({ method: 'POST', path: `/${kind}s/create`, body, doing: `create ${kind} ${engineName}` }, signal)
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'name-taken') throw error
    if (await isThereAndOurs(api, file, signal)) return
    const { app, environment } = context.ref
    const message = `create ${kind} ${engineName}: one of this name is there and is not ${app}/${environment}'s; rename or remove it`
    throw new EngineError('name-taken', message, { cause: error })
  }
}

const isThereAndOurs = async (
  api: Api,
  { kind, engineName, context }: FileQuery,
  signal: AbortSignal,
): Promise<boolean> => {
  const query = { filters: { name: [engineName] } }
  const found = await api.json({ method: 'GET', path: `/${kind}s`, query }, filesReply, signal)
  return found.some(({ Spec }) => Spec.Name === engineName && isOwnedBy(Spec.Labels, context.ref))
}
