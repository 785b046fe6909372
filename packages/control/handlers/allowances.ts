import type { Reply } from '@atoll/api'
import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import type { Control } from '../control.ts'
import { requireRevision } from '../require-revision.ts'
import type { Handler, Handlers } from './handler.ts'
import { refuseReserved } from './reserved.ts'

type Held = Reply<'getAllowance'>
type Allowance = Omit<Held, 'revision'>

/** As the agents read it. */
const collection = 'allowance'

const nothing: Allowance = {
  hostPaths: [],
  capabilities: [],
  dockerSocket: false,
  hostNetwork: false,
  networks: [],
  volumeDrivers: [],
  withoutSeLinux: false,
}

const find = async ({ documents }: Control, app: string, signal: AbortSignal): Promise<Held> => {
  const document = await documents.find<Allowance>(collection, app, signal)
  return { ...nothing, ...document?.value, revision: document?.revision ?? 0 }
}

const getAllowance: Handler<'getAllowance'> = (control, { params, signal }) => find(control, params.name, signal)

const changeAllowance: Handler<'changeAllowance'> = async (control, request) => {
  const { params, body, caller, address, signal, header } = request
  requireSession(caller)
  refuseReserved({ app: params.name })
  const { revision, ...before } = await find(control, params.name, signal)
  requireRevision({ id: `the allowance of ${params.name}`, revision }, header('if-match'))
  const written = await control.documents.put(collection, params.name, { expected: revision, value: body }, signal)
  const entry = {
    by: caller.description,
    action: 'changeAllowance',
    subject: params.name,
    address,
    before,
    after: body,
  }
  await appendAudit(control, entry, signal)
  return { ...body, revision: written.revision }
}

export const allowanceHandlers: Handlers<'getAllowance' | 'changeAllowance'> = { getAllowance, changeAllowance }
