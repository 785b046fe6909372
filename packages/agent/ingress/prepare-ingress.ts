import { chown } from 'node:fs/promises'
import type { LocalIngress } from '@atoll/engine'
import { doorIn, openDoorOf } from '@atoll/ingress/door'
import { createIngressKeeper } from './keep-ingress.ts'
import type { IngressKeeper } from './keep-ingress.ts'

export interface IngressPlace {
  /** The volume that the ingress of this node has in common with its agent. */
  readonly folder: string
  /** The user the ingress runs as. */
  readonly owner: number
}

export interface IngressPreparation extends IngressPlace {
  readonly local: LocalIngress
  readonly now: () => number
  readonly writeLog: (entry: object) => void
}

/** Makes the volume, which the engine gives to root, the ingress' own. Throws what `chown` throws. */
export const prepareIngress = async ({
  folder,
  owner,
  local,
  now,
  writeLog,
}: IngressPreparation): Promise<IngressKeeper> => {
  await chown(folder, owner, owner)
  const say = (message: string, more: object = {}): void =>
    writeLog({ time: new Date(now()).toISOString(), message, ...more })
  return createIngressKeeper({ local, door: openDoorOf(doorIn(folder)), say })
}
