import type { Mount, Volume } from '@atoll/spec'
import type { EnvironmentRef } from '../engine.ts'
import type { MountBody } from './bodies.ts'
import { environmentLabelsOf } from './translate-context.ts'
import { given } from './translate-values.ts'

export const translateMount = (mount: Mount, ref: EnvironmentRef): MountBody => {
  const place = { Target: mount.target, ...given({ ReadOnly: mount.isReadOnly }) }
  switch (mount.kind) {
    case 'volume':
      return {
        Type: 'volume',
        Source: mount.definition.engineName,
        ...place,
        ...given({ VolumeOptions: translateVolume(mount.definition, mount.noCopy, ref) }),
      }
    case 'anonymous':
      return { Type: 'volume', ...place, ...given({ VolumeOptions: given({ NoCopy: mount.noCopy }) }) }
    case 'bind':
      return {
        Type: 'bind',
        Source: mount.source,
        ...place,
        ...given({ BindOptions: mount.propagation === undefined ? undefined : { Propagation: mount.propagation } }),
      }
    case 'tmpfs':
      return {
        Type: 'tmpfs',
        ...place,
        ...given({ TmpfsOptions: given({ SizeBytes: mount.sizeBytes, Mode: mount.mode }) }),
      }
    case 'npipe':
      return { Type: 'npipe', Source: mount.source, ...place }
  }
}

/** The engine makes the volume where the first task runs, with these labels and this driver. */
const translateVolume = (volume: Volume, noCopy: boolean, ref: EnvironmentRef): MountBody['VolumeOptions'] => {
  if (volume.isExternal) return given({ NoCopy: noCopy })
  const isPlain = volume.driver === 'local' && Object.keys(volume.driverOptions).length === 0
  return {
    ...given({ NoCopy: noCopy }),
    Labels: { ...volume.labels, ...environmentLabelsOf(ref), 'atoll.volume': volume.name },
    ...given({
      DriverConfig: isPlain ? undefined : { Name: volume.driver, ...given({ Options: volume.driverOptions }) },
    }),
  }
}
