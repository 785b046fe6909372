import type { Role } from '@atoll/api'
import { UsageError } from './errors.ts'

const roles = ['viewer', 'deployer', 'maintainer', 'owner'] as const satisfies readonly Role[]

export interface Grant {
  readonly role: Role
  readonly app?: string
}

/** Parses `deployer` (everywhere) or `deployer:shop` (of that app). Throws UsageError. */
export function parseGrant(input: string): Grant {
  const [word, app, ...rest] = input.split(':')
  const role = roles.find((each) => each === word)
  if (role === undefined || rest.length > 0 || app === '') {
    throw new UsageError(`"${input}" is no role`, `write one of ${roles.join(', ')}, or with an app: deployer:shop`)
  }
  return app === undefined ? { role } : { role, app }
}

/** Of a role that is being typed. */
export function proposeRoles(partial: string): readonly string[] {
  return roles.filter((role) => role.startsWith(partial))
}

const seconds = { m: 60, h: 3_600, d: 86_400 } as const

/** Parses `90m`, `12h`, `30d`, in seconds. Throws UsageError. */
export function parseAge(input: string): number {
  const [, number, unit] = /^(\d{1,4})([mhd])$/.exec(input) ?? []
  if (number === undefined) throw new UsageError(`"${input}" is no time: write it as 90m, 12h or 30d`)
  return Number(number) * seconds[unit as keyof typeof seconds]
}
