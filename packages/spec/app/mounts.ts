import type { Mount, Volume } from '../app.ts'
import { defined } from './defined.ts'
import { checkKeys } from './keys.ts'
import { bytesOf } from './quantities.ts'
import { bindKeys, mountKeys, tmpfsKeys, volumeMountKeys } from './section-keys.ts'
import { at, flagOf, itemsOf, refuse, textOf, textsOf, warn, type Source } from './source.ts'
import { tmpfsOfText } from './tmpfs.ts'

/** Where a container keeps its shared memory. */
const SHARED_MEMORY = '/dev/shm'

/** Compose `volumes`, `tmpfs` and `shm_size` of a service, sorted by target. */
export const mountsOf = (service: Source, volumes: ReadonlyMap<string, Volume>): readonly Mount[] => {
  const mounts: Mount[] = []
  const add = (source: Source, mount: Mount | undefined) => {
    if (mount === undefined) return
    if (mounts.some(({ target }) => clean(target) === clean(mount.target))) {
      return refuse(source, `${mount.target} is mounted twice`, 'keep one of the two')
    }
    mounts.push(mount)
  }
  for (const source of itemsOf(at(service, 'volumes'))) add(source, mountOf(source, volumes))
  for (const text of textsOf(at(service, 'tmpfs'))) add(at(service, 'tmpfs'), tmpfsOfText(at(service, 'tmpfs'), text))
  add(at(service, 'shm_size'), sharedMemoryOf(at(service, 'shm_size')))
  return mounts.sort((a, b) => (a.target < b.target ? -1 : 1))
}

const clean = (target: string): string => target.replace(/(?<=.)\/+$/, '')

/** Swarm has no shm_size; a tmpfs in its place is the same to the program. */
const sharedMemoryOf = (source: Source): Mount | undefined => {
  const sizeBytes = bytesOf(source)
  if (sizeBytes === undefined || sizeBytes === 0) return undefined
  return { kind: 'tmpfs', target: SHARED_MEMORY, isReadOnly: false, sizeBytes, mode: 0o1777 }
}

const mountOf = (source: Source, volumes: ReadonlyMap<string, Volume>): Mount | undefined => {
  checkKeys(source, mountKeys)
  checkKeys(at(source, 'bind'), bindKeys)
  checkKeys(at(source, 'volume'), volumeMountKeys)
  checkKeys(at(source, 'tmpfs'), tmpfsKeys)
  const type = textOf(at(source, 'type')) ?? 'volume'
  const make = mountKinds.get(type)
  if (make !== undefined) return make(source, volumes)
  return refuse(source, `mounts of type ${type} are not supported`, 'use volume, bind or tmpfs')
}

const placeOf = (source: Source) => ({
  target: textOf(at(source, 'target')) ?? '',
  isReadOnly: flagOf(at(source, 'read_only')) ?? false,
})

const volumeMountOf = (source: Source, volumes: ReadonlyMap<string, Volume>): Mount | undefined => {
  const place = { ...placeOf(source), noCopy: flagOf(at(source, 'volume', 'nocopy')) ?? false }
  const name = textOf(at(source, 'source')) ?? ''
  if (name === '') {
    warn(source, 'an anonymous volume begins empty with each task', 'name the volume to keep what is in it')
    return { kind: 'anonymous', ...place }
  }
  const definition = volumes.get(name)
  if (definition === undefined) return refuse(source, `volume ${name} is not defined`, 'define it in volumes')
  return { kind: 'volume', volume: name, definition, ...place }
}

/** Paths every Linux node has; anything else somebody must have put there. */
const everywhere =
  /^\/(?:proc|sys|dev|etc\/(?:localtime|timezone|hosts|passwd|group|os-release)|(?:var\/)?run\/docker\.sock)(?:\/|$)|^\/$/

const bindOf = (source: Source): Mount => {
  const path = textOf(at(source, 'source')) ?? ''
  if (!everywhere.test(path)) {
    const hint = 'use a named volume for data, configs for files'
    warn(source, `${path} must be on every node that may run this; the engine does not create it`, hint)
  }
  const propagation = textOf(at(source, 'bind', 'propagation'))
  return defined({ kind: 'bind' as const, source: path, ...placeOf(source), propagation })
}

const tmpfsOf = (source: Source): Mount => {
  const sizeBytes = bytesOf(at(source, 'tmpfs', 'size'))
  return defined({
    kind: 'tmpfs' as const,
    ...placeOf(source),
    sizeBytes: sizeBytes || undefined,
    mode: modeOf(source),
  })
}

/** A file mode is a number, or a text in octal. */
const modeOf = (source: Source): number | undefined => {
  const { value } = at(source, 'tmpfs', 'mode')
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^0?o?[0-7]+$/.test(value)
    ? Number.parseInt(value.replace('o', ''), 8)
    : undefined
}

const npipeOf = (source: Source): Mount => ({
  kind: 'npipe',
  source: textOf(at(source, 'source')) ?? '',
  ...placeOf(source),
})

const mountKinds: ReadonlyMap<string, (source: Source, volumes: ReadonlyMap<string, Volume>) => Mount | undefined> =
  new Map(Object.entries({ volume: volumeMountOf, bind: bindOf, tmpfs: tmpfsOf, npipe: npipeOf }))
