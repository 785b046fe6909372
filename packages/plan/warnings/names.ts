import type { Desired, Warning } from '../action.ts'
import { isSame } from '../diff.ts'
import type { Observed } from '../observed.ts'

interface Named {
  readonly engineName: string
  readonly isOwned: boolean
}

/** Names this environment needs that somebody else has. */
export const warnOfForeignNames = ({ app }: Desired, observed: Observed): readonly Warning[] => {
  const own = <T extends { readonly isExternal: boolean }>(things: readonly T[]): readonly T[] =>
    things.filter((thing) => !thing.isExternal)
  return [
    ...clashes('service', app.services, observed.services),
    ...clashes('network', own(app.networks), observed.networks),
    ...clashes('config', own(app.configs), observed.configs),
    ...clashes('secret', own(app.secrets), observed.secrets),
  ]
}

const clashes = (
  what: string,
  wanted: readonly { readonly name: string; readonly engineName: string }[],
  present: readonly Named[],
): readonly Warning[] => {
  const foreign = new Set(present.filter(({ isOwned }) => !isOwned).map(({ engineName }) => engineName))
  return wanted
    .filter(({ engineName }) => foreign.has(engineName))
    .map(({ name, engineName }) => ({
      kind: 'not-owned',
      service: what === 'service' ? name : '',
      message: `${what} ${name}: the engine already has a ${what} ${engineName} that is not Atoll's; it is left alone`,
      hint: `remove it, or give this app or environment another name`,
      isBlocking: true,
    }))
}

/** An engine never changes a network; only labels may differ without harm. */
export const warnOfFixedNetworks = ({ app }: Desired, observed: Observed): readonly Warning[] => {
  const present = new Map(observed.networks.map((network) => [network.engineName, network.definition]))
  return app.networks.flatMap((network) => {
    const definition = present.get(network.engineName)
    if (definition === undefined || network.isExternal) return []
    if (isSame({ ...definition, labels: {} }, { ...network, labels: {} })) return []
    return {
      kind: 'network-fixed',
      service: '',
      message: `network ${network.name} exists with other settings, and an engine cannot change a network`,
      hint: `give the network another name in the compose file; services move to it and the old one is removed`,
      isBlocking: true,
    }
  })
}
