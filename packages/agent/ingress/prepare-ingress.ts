import { chown, mkdir } from 'node:fs/promises'
import type { ImageFolders, LocalIngress } from '@atoll/engine'
import { doorIn, openDoorOf } from '@atoll/ingress/door'
import { createIngressKeeper } from './keep-ingress.ts'
import type { IngressKeeper } from './keep-ingress.ts'
import { createSiteKeeper } from '../sites/keep-sites.ts'

export interface IngressPlace {
  /** The volume that the ingress of this node has in common with its agent. */
  readonly folder: string
  /** The volume with static files, which the ingress may read alone. Absent: it serves none. */
  readonly sites?: string
  /** The user the ingress runs as. */
  readonly owner: number
}

export interface IngressPreparation extends IngressPlace {
  readonly local: LocalIngress
  readonly folders: ImageFolders
  readonly now: () => number
  readonly writeLog: (entry: object) => void
}

/** Makes the volume, which the engine gives to root, the ingress' own. Throws what `chown` throws. */
export const prepareIngress = async ({
  folder,
  sites,
  owner,
  local,
  folders,
  now,
  writeLog,
}: IngressPreparation): Promise<IngressKeeper> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chown(folder, owner, owner)
  const say = (message: string, more: object = {}): void =>
    writeLog({ time: new Date(now()).toISOString(), message, ...more })
  const kept = sites === undefined ? {} : { sites: await createSiteKeeper({ folder: sites, folders, say, now }) }
  return createIngressKeeper({ local, door: openDoorOf(doorIn(folder)), ...kept, say })
}
