import { readVips, writeVips } from '@atoll/server/vips'
import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { requireRevision } from '../require-revision.ts'
import type { Handlers } from './handler.ts'

export const vipHandlers: Handlers<'getVips' | 'changeVips'> = {
  getVips: (control, { signal }) => readVips(control, signal),
  changeVips: async (control, { body: { vips }, caller, address, signal, header }) => {
    requireSession(caller)
    const before = await readVips(control, signal)
    requireRevision({ id: 'the list of virtual addresses', revision: before.revision }, header('if-match'))
    const after = await writeVips(control, { vips, revision: before.revision }, signal)
    const entry = { by: caller.description, action: 'changeVips', subject: 'cluster', address }
    await appendAudit(control, { ...entry, before: before.vips, after: vips }, signal)
    return after
  },
}
