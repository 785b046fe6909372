import type { Volume } from '../app.ts'
import { checkKeys } from './keys.ts'
import { engineName, givenName, type Namespace } from './names.ts'
import { volumeKeys } from './section-keys.ts'
import { at, entriesOf, flagOf, pairsOf, textOf, type Source } from './source.ts'

/** Named volumes of the app, by their key in the compose file. */
export const volumesOf = (root: Source, namespace: Namespace): ReadonlyMap<string, Volume> =>
  new Map(entriesOf(at(root, 'volumes')).map(([name, source]) => [name, volumeOf(source, name, namespace)]))

const volumeOf = (source: Source, name: string, namespace: Namespace): Volume => {
  checkKeys(source, volumeKeys)
  const isExternal = flagOf(at(source, 'external')) ?? false
  const given = givenName(source, name, namespace)
  return {
    name,
    engineName: given ?? (isExternal ? name : engineName(namespace, name)),
    isExternal,
    driver: textOf(at(source, 'driver')) ?? 'local',
    driverOptions: pairsOf(at(source, 'driver_opts')),
    labels: pairsOf(at(source, 'labels')),
  }
}

/** Kinds of file system the `local` driver mounts over the network: one content on every node. */
const networkFileSystems: ReadonlySet<string> = new Set(['nfs', 'nfs4', 'cifs', 'smb3', 'ceph', 'glusterfs'])

/** True when each node would hold a content of its own. An external volume's driver is not known here. */
export const isOnOneNode = ({ isExternal, driver, driverOptions }: Volume): boolean =>
  !isExternal && driver === 'local' && !networkFileSystems.has(driverOptions['type'] ?? '')
