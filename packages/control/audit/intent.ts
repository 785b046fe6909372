import type { Parsed, Route, RouteName } from '@atoll/api'
import type { Caller } from '../auth/authenticate.ts'
import type { Control } from '../control.ts'
import { limits } from '../limits.ts'
import { toFailure } from '../to-failure.ts'
import { appendAudit } from './audit.ts'

export interface Asked {
  readonly name: RouteName
  readonly route: Route
  readonly caller: Caller | undefined
  readonly params: unknown
  readonly body: unknown
  readonly address: string
}

/** What these are sent may be written down; whatever is not named here may hold a secret. */
const details: { readonly [Name in RouteName]?: (body: Parsed<Name, 'body'>) => unknown } = {
  startDeployment: ({ kind }) => ({ kind }),
  changeRole: ({ grants }) => ({ grants }),
  changeAllowance: (body) => body,
  invitePerson: (body) => body,
  inviteServer: (body) => body,
  labelNode: (body) => body,
  changeNodeRole: (body) => body,
  setWitness: (body) => body,
  drainNode: (body) => body,
  changeSettings: (body) => body,
  changeVips: (body) => body,
  changeAcme: ({ directory, mail }) => ({ directory, mail }),
  makeBackup: (body) => body,
  proveBackup: (body) => body,
  createToken: (body) => body,
}

/** These are sent something, and change nothing. */
const changesNothing: ReadonlySet<RouteName> = new Set<RouteName>(['planProject'])

/**
 * Writes down what somebody who is signed in is about to change, before anything of it is done, and gives the number of that
 * entry. When it cannot be written nothing is changed. Who is nobody yet writes nothing by asking.
 */
export const noteIntent = async (
  control: Control,
  asked: Asked,
  signal: AbortSignal,
): Promise<{ readonly intent?: number }> => {
  const { name, route, caller, body } = asked
  const isChange = (route.method !== 'GET' || route.kind === 'frames') && !changesNothing.has(name)
  if (caller === undefined || !isChange) return {}
  const describe = details[name] as ((body: unknown) => unknown) | undefined
  const after = describe === undefined ? {} : { after: describe(body) }
  return { intent: await appendAudit(control, { kind: 'intent', ...tell(asked), ...after }, signal) }
}

/** Does it, and writes down when it failed; that it was done the handler writes, which knows what was before and after. */
export const noteFailure = async <T>(control: Control, asked: Asked, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    const { code } = toFailure(error)
    const note = { kind: 'failed' as const, ...tell(asked), code }
    if (control.intent !== undefined) await appendAudit(control, note, AbortSignal.timeout(limits.requestMs))
    throw error
  }
}

const tell = ({ name, caller, params, address }: Asked) => ({
  by: caller?.description ?? '',
  action: name,
  subject: subjectOf(params, caller),
  address,
})

const subjectOf = (params: unknown, caller: Caller | undefined): string => {
  const { app, environment, ...rest } = (params ?? {}) as Readonly<Record<string, string>>
  if (app !== undefined && environment !== undefined) return `${app}/${environment}`
  const named = [app, ...Object.values(rest)].filter((value) => value !== undefined)
  return named.length === 0 ? (caller?.name ?? '') : named.join('/')
}
