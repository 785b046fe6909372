import type { Role } from '@atoll/api'
import { UsageError } from './errors.ts'

const roles = ['viewer', 'deployer', 'maintainer', 'owner'] as const satisfies readonly Role[]

export interface Grant {
  readonly role: Role
  readonly app?: string
  readonly team?: string
}

/** Parses `deployer` (everywhere), `deployer:shop` (of that app) or `deployer@web` (of that team's apps). Throws UsageError. */
export function parseGrant(input: string): Grant {
  const [, word = '', sign, name = ''] = /^([a-z]+)(?:([:@])([^:@]+))?$/.exec(input) ?? []
  const role = roles.find((each) => each === word)
  if (role === undefined) {
    throw new UsageError(
      `"${input}" is no role`,
      `write one of ${roles.join(', ')}; of an app it is deployer:shop, of a team deployer@web`,
    )
  }
  if (sign === undefined) return { role }
  return sign === ':' ? { role, app: name } : { role, team: name }
}

/** Parses one of the roles alone. Throws UsageError. */
export function parseRole(input: string): Role {
  const role = roles.find((each) => each === input)
  if (role !== undefined) return role
  throw new UsageError(`"${input}" is no role`, `write one of ${roles.join(', ')}`)
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
