import type { Mode, Service } from '../app.ts'
import { at, isMapping, refuse, warn, type Source } from './source.ts'
import { isOnOneNode } from './volumes.ts'

/** Reports services whose tasks would write one node's volume from several places. */
export const checkSharing = (root: Source, services: readonly Service[]): void => {
  for (const service of services) if (tasksAtOnce(service.mode) > 1) checkVolumes(root, service)
}

/** On every node one task has a volume of its own there, so `global` shares nothing. */
const tasksAtOnce = (mode: Mode): number => {
  if (mode.kind === 'replicated') return mode.replicas
  return mode.kind === 'once' ? mode.concurrency : 1
}

const checkVolumes = (root: Source, service: Service): void => {
  for (const mount of service.mounts) {
    if (mount.kind !== 'volume' || mount.isReadOnly) continue
    const source = at(root, ...keyOf(root, service.name, mount.target))
    const count = tasksAtOnce(service.mode)
    if (mount.definition.isExternal) {
      warn(
        source,
        `${count} tasks would write the volume ${mount.volume}; on different nodes it may not be the same one`,
      )
    } else if (isOnOneNode(mount.definition)) {
      const hint = 'run one replica, mount it read_only, or use a driver that shares over the network'
      refuse(source, `${count} tasks would write the volume ${mount.volume}, which is on one node`, hint)
    }
  }
}

const keyOf = (root: Source, service: string, target: string): readonly (string | number)[] => {
  const { value } = at(root, 'services', service, 'volumes')
  const index = Array.isArray(value) ? value.findIndex((item) => isMapping(item) && item['target'] === target) : 0
  return ['services', service, 'volumes', Math.max(index, 0)]
}
