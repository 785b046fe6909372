import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** Credentials of registries as `docker login` keeps them. */
export interface RegistryAuth {
  /** Of the registry of this image; undefined: none are known. */
  find(registry: string): Promise<Credentials | undefined>
  /** All that stand in the file, for a build that pulls from anywhere. */
  all(): Promise<Readonly<Record<string, Credentials>>>
}

export interface Credentials {
  readonly username?: string
  readonly password?: string
  readonly identitytoken?: string
  readonly serveraddress: string
}

const dockerHub = 'https://index.docker.io/v1/'
const helperTimeoutMs = 10_000

const configShape = z.object({
  auths: z
    .record(z.string(), z.object({ auth: z.string().optional(), identitytoken: z.string().optional() }))
    .optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
})
type DockerConfig = z.infer<typeof configShape>

/** Reads config.json at each use, so that a `docker login` in between counts. */
export const openRegistryAuth = (configDir: string): RegistryAuth => ({
  find: async (registry) => findCredentials(await readConfig(configDir), registry),
  all: async () => {
    const config = await readConfig(configDir)
    const names = Object.keys(config.auths ?? {})
    const found = await Promise.all(names.map(async (name) => [name, await findCredentials(config, name)] as const))
    return Object.fromEntries(
      found.flatMap(([name, credentials]) => (credentials ? [[name, credentials] as const] : [])),
    )
  },
})

/** `X-Registry-Auth` for the registry of an image; an empty object where nobody logged in, as the API demands one. */
export const authHeader = async (auth: RegistryAuth, image: string): Promise<Readonly<Record<string, string>>> =>
  encodeHeader('X-Registry-Auth', (await auth.find(registryOf(image))) ?? {})

/** URL-safe base64 with its padding: without it the engine reads no credentials, and says nothing. */
export const encodeHeader = (name: string, value: object): Readonly<Record<string, string>> => ({
  [name]: Buffer.from(JSON.stringify(value)).toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
})

/** The first part of a reference is a registry if it has a dot or a port or is localhost; else it is Docker Hub's. */
export const registryOf = (image: string): string => {
  const first = image.split('/')[0] ?? ''
  const isHost = image.includes('/') && (/[.:]/.test(first) || first === 'localhost')
  return isHost && first !== 'docker.io' && first !== 'index.docker.io' ? first : dockerHub
}

const readConfig = async (configDir: string): Promise<DockerConfig> => {
  try {
    return configShape.safeParse(JSON.parse(await readFile(join(configDir, 'config.json'), 'utf8'))).data ?? {}
  } catch {
    return {}
  }
}

const findCredentials = async (config: DockerConfig, registry: string): Promise<Credentials | undefined> => {
  const helper = config.credHelpers?.[registry] ?? config.credsStore
  if (helper !== undefined) {
    const stored = await askHelper(helper, registry)
    if (stored !== undefined) return stored
  }
  const entry = Object.entries(config.auths ?? {}).find(([name]) => sameRegistry(name, registry))?.[1]
  if (entry?.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: registry }
  const [username, ...rest] = Buffer.from(entry?.auth ?? '', 'base64')
    .toString()
    .split(':')
  return username ? { username, password: rest.join(':'), serveraddress: registry } : undefined
}

const sameRegistry = (a: string, b: string): boolean => normalizeRegistry(a) === normalizeRegistry(b)
const normalizeRegistry = (name: string): string => name.replace(/^https?:\/\//, '').replace(/\/.*$/, '')

const secretShape = z.object({ Username: z.string(), Secret: z.string() })

/** A credential helper reads a server's address and answers in JSON (docker/docker-credential-helpers). */
const askHelper = (helper: string, registry: string): Promise<Credentials | undefined> =>
  new Promise((resolve) => {
    const child = execFile(`docker-credential-${helper}`, ['get'], { timeout: helperTimeoutMs }, (error, stdout) => {
      const secret = error === null ? secretShape.safeParse(parseOrNothing(stdout)).data : undefined
      if (secret === undefined) resolve(undefined)
      else if (secret.Username === '<token>') resolve({ identitytoken: secret.Secret, serveraddress: registry })
      else resolve({ username: secret.Username, password: secret.Secret, serveraddress: registry })
    })
    child.stdin?.on('error', () => undefined).end(registry)
  })

const parseOrNothing = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
