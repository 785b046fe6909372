import type { HandedOverError } from '@atoll/deploy'
import type { SecretValues } from '@atoll/spec'
import type { Cli } from '../cli.ts'
import { UsageError } from '../errors.ts'

/** What the process in the background is told through its standard input; never on its command line. */
interface Baton {
  readonly token: string
  /** Base64 by engine name. */
  readonly secrets: Readonly<Record<string, string>>
}

interface HandOver {
  readonly error: HandedOverError
  readonly secrets: SecretValues
  readonly engines: readonly string[]
}

/** Gives the deployment to a process that no Ctrl-C reaches. */
export const handOver = async (
  { startDetached }: Pick<Cli, 'startDetached'>,
  { error, secrets, engines }: HandOver,
): Promise<void> => {
  const { ref, token } = error
  const name = `${ref.app}/${ref.environment}`
  const args = ['resume', name, '--handed-over', ...engines.flatMap((engine) => ['--engine', engine])]
  await startDetached(args, renderBaton({ token, secrets: encode(secrets) }))
}

const renderBaton = (baton: Baton): string => JSON.stringify(baton)

const encode = (secrets: SecretValues): Baton['secrets'] =>
  Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, Buffer.from(value).toString('base64')]))

/** Parses what `handOver` wrote. Throws UsageError for anything else. */
export const parseBaton = (bytes: Uint8Array): { readonly token: string; readonly secrets: SecretValues } => {
  const value = parseJson(Buffer.from(bytes).toString('utf8'))
  if (typeof value !== 'object' || value === null || !('token' in value) || typeof value.token !== 'string') {
    throw new UsageError('--handed-over is for Atoll itself: it reads a token from standard input')
  }
  const secrets = 'secrets' in value && typeof value.secrets === 'object' ? Object.entries(value.secrets ?? {}) : []
  return {
    token: value.token,
    secrets: Object.fromEntries(secrets.map(([name, text]) => [name, Buffer.from(String(text), 'base64')])),
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
