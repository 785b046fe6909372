import { UsageError } from './errors.ts'

/** Flags that several commands share, so that each means the same everywhere. */

export const jsonFlag = {
  json: { kind: 'boolean', brief: 'Print data instead of text', default: false, withNegated: false },
} as const
export type JsonFlags = { readonly json: boolean }

const text = (input: string): string => input

export const engineFlags = {
  ...jsonFlag,
  engine: {
    kind: 'parsed',
    parse: text,
    variadic: true,
    optional: true,
    brief: 'Manager of the swarm: unix:///path, ssh://host, tcp://host:port, or a docker context; repeat for more',
    placeholder: 'where',
  },
} as const
export type EngineFlags = JsonFlags & { readonly engine?: readonly string[] }

export const fileFlags = {
  file: {
    kind: 'parsed',
    parse: text,
    variadic: true,
    optional: true,
    brief: 'Compose file; repeat to merge, "-" is standard input',
    placeholder: 'path',
  },
  profile: {
    kind: 'parsed',
    parse: text,
    variadic: true,
    optional: true,
    brief: 'Profile to switch on; repeat for more',
    placeholder: 'name',
  },
  envFile: {
    kind: 'parsed',
    parse: text,
    variadic: true,
    optional: true,
    brief: 'File of variables instead of .env; repeat for more',
    placeholder: 'path',
  },
  projectName: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Name of the app instead of the one in the file',
    placeholder: 'name',
  },
} as const
export type FileFlags = {
  readonly file?: readonly string[]
  readonly profile?: readonly string[]
  readonly envFile?: readonly string[]
  readonly projectName?: string
}

export const fileAliases = { f: 'file', p: 'projectName' } as const

export const environmentFlag = {
  env: {
    kind: 'parsed',
    parse: parseEnvironment,
    optional: true,
    brief: 'Environment: production when not said',
    placeholder: 'name',
  },
} as const
export type EnvironmentFlags = { readonly env?: string }

export const defaultEnvironment = 'production'

function parseEnvironment(input: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(input)) {
    throw new UsageError(`environment "${input}": a name is lower case letters, digits and dashes, 32 at most`)
  }
  return input
}

/** Which app, where a compose file in the folder is not meant. */
export const appFlags = {
  app: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'App, when the folder has no compose file of it',
    placeholder: 'name',
  },
} as const
export type AppFlags = { readonly app?: string }
