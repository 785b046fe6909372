import type { Service } from '@atoll/spec'
import type { Warning } from '../action.ts'
import { staysWithVolume, volumeMounts } from '../place-volumes.ts'

/** Volumes that two tasks would write at the same moment. */
export const warnOfSharedVolumes = (services: readonly Service[]): readonly Warning[] => [
  ...services.filter(staysWithVolume).flatMap(warnOfTasks),
  ...warnOfServices(services.filter(staysWithVolume)),
]

const writtenVolumes = (service: Service): readonly string[] => [
  ...new Set(volumeMounts(service).flatMap((mount) => (mount.isReadOnly ? [] : [mount.volume]))),
]

const warnOfTasks = (service: Service): readonly Warning[] => {
  const { name, mode, update } = service
  const count = mode.kind === 'replicated' ? mode.replicas : mode.kind === 'once' ? mode.concurrency : 1
  return writtenVolumes(service).flatMap((volume): readonly Warning[] => {
    if (count > 1) {
      const message = `${name}: ${count} tasks would write the volume ${volume} at once`
      return [
        {
          kind: 'volume-shared',
          service: name,
          message,
          hint: 'run one task, or mount it read-only',
          isBlocking: true,
        },
      ]
    }
    if (update.order === 'stop-first' || mode.kind !== 'replicated' || count === 0) return []
    const message = `${name}: with start-first two tasks write the volume ${volume} during an update`
    return [
      {
        kind: 'volume-shared',
        service: name,
        message,
        hint: 'set update_config.order to stop-first',
        isBlocking: false,
      },
    ]
  })
}

const warnOfServices = (services: readonly Service[]): readonly Warning[] => {
  const writers = new Map<string, string[]>()
  for (const service of services) {
    for (const volume of writtenVolumes(service)) writers.set(volume, [...(writers.get(volume) ?? []), service.name])
  }
  return [...writers].flatMap(([volume, [first, ...others]]) =>
    first === undefined || others.length === 0
      ? []
      : {
          kind: 'volume-shared',
          service: first,
          message: `volume ${volume} is written by ${[first, ...others].join(', ')}; they stay on one node with it`,
          isBlocking: false,
        },
  )
}
