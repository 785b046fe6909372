import { appendAudit } from '../audit/audit.ts'
import { changeSettings, readSettings } from '../settings.ts'
import type { Handlers } from './handler.ts'

export const settingsHandlers: Handlers<'getSettings' | 'changeSettings'> = {
  getSettings: (control, { signal }) => readSettings(control, signal),
  changeSettings: async (control, { body, caller, address, signal }) => {
    const { before, after } = await changeSettings(control, body, signal)
    const entry = { by: caller.description, action: 'changeSettings', subject: 'cluster', address, before, after }
    await appendAudit(control, entry, signal)
    return after
  },
}
