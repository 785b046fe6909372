import { readFile } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { CommandError, UsageError } from '../errors.ts'
import { getContext, readContexts } from './contexts.ts'
import type { ClusterContext } from './contexts.ts'

export interface TargetFlags {
  readonly engine?: readonly string[]
  readonly context?: string
}

/** `isKept`: it stands in the file of contexts; else it is of the environment of this process. */
export interface ChosenContext {
  readonly context: ClusterContext
  readonly isKept: boolean
}

/**
 * The platform a person means: `--context`, ATOLL_URL with ATOLL_TOKEN, ATOLL_CONTEXT, the current context. Undefined when
 * an engine is named (`--engine`, DOCKER_HOST) or nobody has signed in: then it is direct mode.
 */
export const chooseContext = async (
  config: Config,
  { engine = [], context }: TargetFlags,
  signal: AbortSignal,
): Promise<ChosenContext | undefined> => {
  const { variables, configDir } = config
  if (context !== undefined && engine.length > 0) {
    throw new UsageError('--engine asks a swarm itself, --context its platform: say one of them')
  }
  if (context === undefined && (engine.length > 0 || variables['DOCKER_HOST'])) return undefined
  if (context === undefined && variables['ATOLL_URL']) {
    return { context: await readMachine(variables, signal), isKept: false }
  }
  const contexts = await readContexts(configDir)
  const name = context ?? (variables['ATOLL_CONTEXT'] || contexts.current)
  return name === undefined ? undefined : { context: getContext(contexts, name), isKept: true }
}

/** What a program is given instead of signing in. */
const readMachine = async (variables: Config['variables'], signal: AbortSignal): Promise<ClusterContext> => {
  const { ATOLL_URL: url = '', ATOLL_TOKEN: token, ATOLL_AUTHORITY: authority } = variables
  if (!token || !authority) {
    throw new UsageError(
      'ATOLL_URL needs ATOLL_TOKEN and ATOLL_AUTHORITY beside it',
      'ATOLL_AUTHORITY is the fingerprint of the cluster, or the path of its certificate',
    )
  }
  const urls = url.split(',').map((each) => new URL(each).origin)
  const authorityPem = await openAuthority(authority, urls, signal)
  return { name: new URL(urls[0] ?? '').host, urls, authorityPem, token, person: 'ATOLL_TOKEN' }
}

const isFingerprint = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text)

const openAuthority = async (authority: string, urls: readonly string[], signal: AbortSignal): Promise<string> => {
  if (!isFingerprint(authority)) return readFile(authority, 'utf8')
  const { readAuthority } = await import('./read-authority.ts')
  const troubles: string[] = []
  for (const url of urls) {
    try {
      const seen = await readAuthority(url, signal)
      if (seen.fingerprint === authority) return seen.certificatePem
      troubles.push(`${url}: its authority is ${seen.fingerprint}, not the one of ATOLL_AUTHORITY`)
    } catch (error) {
      signal.throwIfAborted()
      troubles.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new CommandError('unreachable', `trust the cluster of ATOLL_URL: ${troubles.join('; ')}`)
}
