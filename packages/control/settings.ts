import { ConflictError } from '@atoll/store'
import type { Documents } from '@atoll/store'
import type { World } from './control.ts'
import { ControlError } from './errors.ts'
import { limits } from './limits.ts'

/** What the cluster does by itself. Document `settings`, id `cluster`; without one the defaults. */
export interface Settings {
  readonly managers: {
    /** One that is gone for good is replaced, and their number kept odd. */
    readonly isKept: boolean
    /** How long one is away before it is taken for gone. */
    readonly graceMs: number
  }
  readonly rebalance: {
    /** Tasks are spread again after nodes came back, were resumed or joined; else it is only told. */
    readonly isAutomatic: boolean
    /** Only then: `03:00-05:00`, UTC; empty: at any time. */
    readonly hours: string
  }
  readonly ingress: {
    /** Addresses and networks (CIDR) of proxies in front of the nodes, whose word on who asks, and how, is taken. */
    readonly trustedProxies: readonly string[]
    /** They begin each connection with a header of the PROXY protocol. */
    readonly isProxyProtocolExpected: boolean
    /** During a deployment every ingress asks the routes of the app by itself, so that the receipt can say whether they answer. */
    readonly hasProbes: boolean
  }
}

/** What is named of it. */
export type SettingsChange = { readonly [Part in keyof Settings]?: Partial<Settings[Part]> }

/** Where it stands. */
export const settingsCollection = 'settings'
const place = [settingsCollection, 'cluster'] as const

export const defaultSettings: Settings = {
  managers: { isKept: true, graceMs: 600_000 },
  rebalance: { isAutomatic: false, hours: '' },
  ingress: { trustedProxies: [], isProxyProtocolExpected: false, hasProbes: true },
}

type Kept = Pick<World, 'documents'>
type Readable = { readonly documents: Pick<Documents, 'find'> }

export const readSettings = async ({ documents }: Readable, signal: AbortSignal): Promise<Settings> =>
  complete((await documents.find<SettingsChange>(...place, signal))?.value)

/** What is not named stays, also what somebody else changes at the same time, and what only a newer build knows. */
export const changeSettings = async (
  { documents }: Kept,
  change: SettingsChange,
  signal: AbortSignal,
): Promise<{ readonly before: Settings; readonly after: Settings }> => {
  for (let tries = 1; ; tries += 1) {
    const known = await documents.find<SettingsChange>(...place, signal)
    const before = complete(known?.value)
    const after = merge(before, change)
    requireSense(after)
    try {
      const value = { ...known?.value, ...after }
      await documents.put<Settings>(...place, { expected: known?.revision ?? 0, value }, signal)
      return { before, after }
    } catch (error) {
      if (!(error instanceof ConflictError) || tries >= limits.settingsTries) throw error
    }
  }
}

const requireSense = ({ ingress }: Settings): void => {
  if (!ingress.isProxyProtocolExpected || ingress.trustedProxies.length > 0) return
  throw new ControlError('no-proxies', 'expect the PROXY protocol: no proxy is named that would speak it', {
    status: 422,
    hint: 'name those in front, "atoll settings --trusted-proxies 10.0.0.0/24", or say --proxy-protocol off',
  })
}

/** A document that was written before a setting was there lacks it. */
const complete = (known: SettingsChange = {}): Settings => merge(defaultSettings, known)

const merge = (settings: Settings, { managers, rebalance, ingress }: SettingsChange): Settings => ({
  managers: { ...settings.managers, ...managers },
  rebalance: { ...settings.rebalance, ...rebalance },
  ingress: { ...settings.ingress, ...ingress },
})
