import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** A context of the docker client: where an engine listens and where its TLS files are. */
export interface DockerContext {
  readonly name: string
  readonly host: string
  readonly tls?: TlsFiles
  readonly isVerified: boolean
}

export interface TlsFiles {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

const metaShape = z.object({
  Name: z.string(),
  Endpoints: z.object({
    docker: z.object({ Host: z.string(), SkipTLSVerify: z.boolean().optional() }).optional(),
  }),
})

const maxContexts = 200

/** Name of the current context in config.json; undefined when none is chosen or the file is absent. */
export const readCurrentContext = async (configDir: string): Promise<string | undefined> => {
  const parsed = z
    .object({ currentContext: z.string().optional() })
    .safeParse(await readJson(join(configDir, 'config.json')))
  return parsed.data?.currentContext
}

/** A context lies in a folder named by the SHA-256 of its name (docker/cli, cli/context/store). */
export const findContext = async (configDir: string, name: string): Promise<DockerContext | undefined> =>
  readContext(configDir, createHash('sha256').update(name).digest('hex'))

/** All contexts that say where an engine is; unreadable ones are left out. */
export const listContexts = async (configDir: string): Promise<readonly DockerContext[]> => {
  const ids = await readdir(join(configDir, 'contexts', 'meta')).catch(() => [])
  const contexts = await Promise.all(ids.slice(0, maxContexts).map((id) => readContext(configDir, id)))
  return contexts.filter((context) => context !== undefined)
}

const readContext = async (configDir: string, id: string): Promise<DockerContext | undefined> => {
  const meta = metaShape.safeParse(await readJson(join(configDir, 'contexts', 'meta', id, 'meta.json')))
  const docker = meta.data?.Endpoints.docker
  if (meta.data === undefined || docker === undefined) return undefined
  const dir = join(configDir, 'contexts', 'tls', id, 'docker')
  const files = await readdir(dir).catch(() => [])
  return {
    name: meta.data.Name,
    host: docker.Host,
    isVerified: docker.SkipTLSVerify !== true,
    ...(files.length > 0 && {
      tls: { ca: join(dir, 'ca.pem'), cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') },
    }),
  }
}

const readJson = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}
