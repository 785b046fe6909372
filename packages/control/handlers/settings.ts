import { readStreamPorts } from '@atoll/deploy'
import { appendAudit } from '../audit/audit.ts'
import type { Control } from '../control.ts'
import { changeSettings, readSettings } from '../settings.ts'
import type { Settings } from '../settings.ts'
import type { Handlers } from './handler.ts'

export const settingsHandlers: Handlers<'getSettings' | 'changeSettings'> = {
  getSettings: async (control, { signal }) => withPorts(control, await readSettings(control, signal), signal),
  changeSettings: async (control, { body, caller, address, signal }) => {
    const { before, after } = await changeSettings(control, body, signal)
    const entry = { by: caller.description, action: 'changeSettings', subject: 'cluster', address, before, after }
    await appendAudit(control, entry, signal)
    return withPorts(control, after, signal)
  },
}

/** What is open follows from the platform itself, which no control may change. */
const withPorts = async ({ documents }: Control, settings: Settings, signal: AbortSignal) => ({
  ...settings,
  streams: { ports: [...(await readStreamPorts(documents, signal))] },
})
