import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { EngineError } from '../errors.ts'
import { findContext, readCurrentContext } from './docker-contexts.ts'
import type { DockerContext, TlsFiles } from './docker-contexts.ts'

/** Where a Docker Engine listens. `name` is what messages call it: as the person wrote it. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly name: string; readonly path: string }
  | { readonly kind: 'tcp'; readonly name: string; readonly host: string; readonly port: number; readonly tls?: Tls }
  | { readonly kind: 'ssh'; readonly name: string; readonly destination: string; readonly port?: number }

export interface Tls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly isVerified: boolean
}

export interface EndpointQuery {
  /** URLs or names of docker contexts, as given by `--engine`; the first that answers is used. */
  readonly engines: readonly string[]
  /** The caller's variables: DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY, HOME. */
  readonly variables: Readonly<Record<string, string | undefined>>
}

const defaultSocket = '/var/run/docker.sock'

/**
 * The endpoints to speak to, first choice first. The order of the docker client: the flag, DOCKER_HOST (here also a list
 * parted by commas: the managers of one Swarm), DOCKER_CONTEXT, the current context, the local socket.
 * Throws EngineError `invalid` for a URL or context that cannot be read.
 */
export const resolveEndpoints = async ({ engines, variables }: EndpointQuery): Promise<readonly Endpoint[]> => {
  const configDir = getDockerConfigDir(variables)
  const words = engines.length > 0 ? engines : splitList(variables['DOCKER_HOST'])
  if (words.length > 0) return Promise.all(words.map((word) => parseEndpoint(word, variables)))
  const context = variables['DOCKER_CONTEXT'] || (await readCurrentContext(configDir))
  if (context && context !== 'default') return [await contextEndpoint(context, configDir)]
  return [{ kind: 'unix', name: `unix://${defaultSocket}`, path: defaultSocket }]
}

/** ~/.docker unless DOCKER_CONFIG says otherwise. */
export const getDockerConfigDir = (variables: EndpointQuery['variables']): string =>
  variables['DOCKER_CONFIG'] || join(variables['HOME'] || homedir(), '.docker')

const splitList = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')

const parseEndpoint = async (word: string, variables: EndpointQuery['variables']): Promise<Endpoint> => {
  if (!word.includes('://')) return contextEndpoint(word, getDockerConfigDir(variables))
  const tls = word.startsWith('unix:') || word.startsWith('ssh:') ? undefined : await readTlsOfVariables(variables)
  return parseEndpointUrl(word, word, tls)
}

const contextEndpoint = async (name: string, configDir: string): Promise<Endpoint> => {
  const context = await findContext(configDir, name)
  if (context === undefined)
    throw new EngineError(
      'invalid',
      `find the docker context "${name}": it is not in ${configDir}/contexts; give a name from "docker context ls" or an address such as ssh://user@host`,
    )
  return parseContextEndpoint(context)
}

export const parseContextEndpoint = async ({ name, host, tls, isVerified }: DockerContext): Promise<Endpoint> =>
  parseEndpointUrl(host, `context ${name} (${host})`, tls === undefined ? undefined : await readTls(tls, isVerified))

/** Reads `unix:///path`, `tcp://host:port`, `http(s)://host:port` and `ssh://[user@]host[:port]`. */
const parseEndpointUrl = (text: string, name: string, tls?: Tls): Endpoint => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  switch (url?.protocol) {
    case 'unix:':
      return { kind: 'unix', name, path: decodeURIComponent(text.slice('unix://'.length)) || defaultSocket }
    case 'ssh:':
      return parseSsh(url, name)
    case 'tcp:':
    case 'http:':
    case 'https:':
      return parseTcp(url, name, tls)
    case undefined:
    default:
      throw new EngineError(
        'invalid',
        `read the engine address "${text}": it is none; write it as unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host`,
      )
  }
}

const parseSsh = (url: URL, name: string): Endpoint => {
  const user = decodeURIComponent(url.username)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // A name that begins with a dash would be read by ssh as an option.
  if (host === '' || host.startsWith('-') || user.startsWith('-'))
    throw new EngineError(
      'invalid',
      `read the engine address "${url.href}": no host that ssh could reach; write it as ssh://user@host`,
    )
  return {
    kind: 'ssh',
    name,
    destination: user === '' ? host : `${user}@${host}`,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
  }
}

const parseTcp = (url: URL, name: string, tls: Tls | undefined): Endpoint => {
  const wanted = tls ?? (url.protocol === 'https:' ? { isVerified: true } : undefined)
  const port = url.port === '' ? (wanted === undefined ? 2375 : 2376) : Number(url.port)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return { kind: 'tcp', name, host, port, ...(wanted === undefined ? {} : { tls: wanted }) }
}

/** As the docker client does: DOCKER_TLS_VERIFY or DOCKER_TLS switch TLS on, DOCKER_CERT_PATH says where the files are. */
const readTlsOfVariables = async (variables: EndpointQuery['variables']): Promise<Tls | undefined> => {
  const isVerified = Boolean(variables['DOCKER_TLS_VERIFY'])
  if (!isVerified && !variables['DOCKER_TLS']) return undefined
  const dir = variables['DOCKER_CERT_PATH'] || getDockerConfigDir(variables)
  return readTls({ ca: join(dir, 'ca.pem'), cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') }, isVerified)
}

const readTls = async (files: TlsFiles, isVerified: boolean): Promise<Tls> => {
  const [ca, cert, key] = await Promise.all([readPem(files.ca), readPem(files.cert), readPem(files.key)])
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), isVerified }
}

const readPem = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new EngineError('invalid', `read the TLS file ${path}: it cannot be read`, { cause })
  }
}
