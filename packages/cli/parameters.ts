import type { Cli } from './cli.ts'
import { UsageError } from './errors.ts'
import { parseGrant, parseRole, proposeRoles } from './parse-grant.ts'

/** Flags that several commands share, so that each means the same everywhere. */

export const jsonFlag = {
  json: { kind: 'boolean', brief: 'Print data instead of text', default: false, withNegated: false },
} as const
export type JsonFlags = { readonly json: boolean }

const text = (input: string): string => input

export const platformImageFlag = {
  image: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Image that "atoll image save" wrote elsewhere, instead of one made here',
    placeholder: 'file',
  },
} as const

export const contextFlag = {
  context: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Cluster you are signed in to, when it is not the current one',
    placeholder: 'name',
    proposeCompletions: proposeContexts,
  },
} as const
export type ContextFlags = { readonly context?: string }

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
  ...contextFlag,
} as const
export type EngineFlags = JsonFlags & { readonly engine?: readonly string[] } & ContextFlags

/** Of what is done to every node unless one is named. */
export const nodeFlag = {
  node: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'This node alone, by its name',
    placeholder: 'name',
    proposeCompletions: proposeNodes,
  },
} as const
export type NodeFlags = { readonly node?: string }

export const nodeParameter = {
  parse: text,
  brief: 'Node, by its name or id',
  placeholder: 'node',
  proposeCompletions: proposeNodes,
} as const

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

/** Of every command that takes files; `logs` alone means --follow by -f, as people expect there. */
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

export function parseEnvironment(input: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(input)) {
    throw new UsageError(`environment "${input}": a name is lower case letters, digits and dashes, 32 at most`)
  }
  return input
}

/** Which app, where a compose file in the folder is not meant. */
const appFlags = {
  app: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'App, or app/environment, when it is not the one of this folder',
    placeholder: 'name',
    proposeCompletions: proposeApps,
  },
} as const
export type AppFlags = { readonly app?: string }

/** Of what is about all apps unless one is named. */
export const onlyAppFlag = {
  app: { ...appFlags.app, brief: 'This app alone, or app/environment' },
} as const
export type OnlyAppFlags = AppFlags

/** Of a command about one environment: the one of this folder's compose file unless said otherwise. */
export const targetFlags = { ...appFlags, ...environmentFlag, ...engineFlags, ...fileFlags } as const
export type TargetFlags = AppFlags & EnvironmentFlags & EngineFlags & FileFlags

export const appParameter = {
  parse: text,
  optional: true,
  brief: 'App, or app/environment; the one of this folder when not said',
  placeholder: 'app',
  proposeCompletions: proposeApps,
} as const

export const appNameParameter = {
  parse: text,
  brief: 'Name of the app',
  placeholder: 'app',
  proposeCompletions: proposeAppNames,
} as const

export const serviceParameter = {
  parse: text,
  brief: 'Service as the compose file names it',
  placeholder: 'service',
  proposeCompletions: proposeServices,
} as const

export const personParameter = {
  parse: text,
  brief: 'Name of the person',
  placeholder: 'name',
  proposeCompletions: proposePeople,
} as const

export const grantParameter = {
  parse: parseGrant,
  brief: 'Role; role:app for one app, role@team for those of a team',
  placeholder: 'role',
  proposeCompletions: proposeRoles,
} as const

export const roleParameter = {
  parse: parseRole,
  brief: 'Role',
  placeholder: 'role',
  proposeCompletions: proposeRoles,
} as const

export const teamParameter = {
  parse: text,
  brief: 'Name of the team',
  placeholder: 'team',
  proposeCompletions: proposeTeams,
} as const

export const invitationParameter = {
  parse: text,
  brief: 'Id as "atoll people invitations ls" shows it',
  placeholder: 'id',
  proposeCompletions: proposeInvitations,
} as const

export const serverInvitationParameter = {
  parse: text,
  brief: 'Id as "atoll node invite ls" shows it',
  placeholder: 'id',
  proposeCompletions: proposeServerInvitations,
} as const

/** What is asked of people besides a password. */
export const codeFlag = {
  code: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'One-time password, or one of the recovery codes',
    placeholder: 'code',
  },
} as const
export type CodeFlags = { readonly code?: string }

export const passwordFlag = {
  passwordFile: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'File with the password, "-" is standard input',
    placeholder: 'path',
  },
} as const
export type PasswordFlags = { readonly passwordFile?: string }

export const contextParameter = {
  parse: text,
  brief: 'Cluster as "atoll context ls" names it',
  placeholder: 'name',
  proposeCompletions: proposeContexts,
} as const

/** Of a release or a deployment. */
export function parseNumber(input: string): number {
  const number = Number(input)
  if (!Number.isSafeInteger(number) || number < 1) throw new UsageError(`"${input}" is no number: they count from 1`)
  return number
}

async function proposeContexts(this: Cli, partial: string): Promise<readonly string[]> {
  return (await import('./propose.ts')).proposeContexts(this, partial)
}

/** For flags that name a node. */
export async function proposeNodes(this: Cli, partial: string): Promise<readonly string[]> {
  return (await import('./propose.ts')).proposeNodes(this, partial)
}

async function proposeApps(this: Cli, partial: string): Promise<readonly string[]> {
  return (await import('./propose.ts')).proposeApps(this, partial)
}

async function proposeTeams(this: Cli, partial: string): Promise<readonly string[]> {
  return (await import('./propose-people.ts')).proposeTeams(this, partial)
}

async function proposePeople(this: Cli, partial: string): Promise<readonly string[]> {
  return (await import('./propose-people.ts')).proposePeople(this, partial)
}

async function proposeAppNames(this: Cli, partial: string): Promise<readonly string[]> {
  return (await import('./propose-people.ts')).proposeAppNames(this, partial)
}

async function proposeInvitations(this: Cli, partial: string): Promise<readonly string[]> {
  return (await import('./propose-people.ts')).proposeInvitations(this, partial)
}

async function proposeServerInvitations(this: Cli, partial: string): Promise<readonly string[]> {
  return (await import('./propose-people.ts')).proposeServerInvitations(this, partial)
}

async function proposeServices(this: Cli, partial: string): Promise<readonly string[]> {
  return (await import('./propose.ts')).proposeServices(this, partial)
}
