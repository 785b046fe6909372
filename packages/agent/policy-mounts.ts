import { posix } from 'node:path'
import type { Mount, Volume } from '@atoll/spec'
import type { Allowance } from './allowance.ts'
import { judgeLabels, judgeName } from './policy-names.ts'
import type { Violation } from './policy-names.ts'

export const judgeMount = (mount: Mount, path: string, allowance: Allowance): Violation | undefined => {
  switch (mount.kind) {
    case 'volume':
      return judgeVolume(mount.definition, `volumes.${mount.volume}`, allowance)
    case 'bind':
      return judgeBind(mount, path, allowance)
    case 'npipe':
      return { path, message: 'a named pipe is one of the host', hint: 'leave it out; nobody can allow this' }
    case 'anonymous':
    case 'tmpfs':
      return undefined
  }
}

const clocks: ReadonlySet<string> = new Set(['/etc/localtime', '/etc/timezone'])
const dockerSockets: ReadonlySet<string> = new Set(['/var/run/docker.sock', '/run/docker.sock'])

/**
 * A path is allowed as it is written and nothing below it: who may write in a folder could put a link to anywhere into it,
 * and then have that mounted.
 */
const judgeBind = (
  { source, isReadOnly }: Extract<Mount, { kind: 'bind' }>,
  path: string,
  { hostPaths, dockerSocket }: Allowance,
): Violation | undefined => {
  const clean = cleanPath(source)
  const isPlain = source.startsWith('/') && !source.includes('{{') && !source.split('/').includes('..')
  if (isPlain && isReadOnly && clocks.has(clean)) return undefined
  if (dockerSockets.has(clean)) {
    if (dockerSocket) return undefined
    const hint = 'leave it out; an owner allows it with "atoll allow APP --docker-socket"'
    return { path, message: 'the Docker socket gives the whole cluster', hint }
  }
  if (isPlain && hostPaths.some((allowed) => cleanPath(allowed) === clean)) return undefined
  const hint = `use a named volume or a config; an owner allows it with "atoll allow APP --host-path ${clean}"`
  return { path, message: `${source} is a path of the node`, hint }
}

const cleanPath = (path: string): string => posix.normalize(path).replace(/(?<=.)\/+$/, '')

/** File systems that the local driver mounts without touching the node's own. */
const deviceRules: Readonly<Record<string, RegExp>> = {
  tmpfs: /^[^/]*$/,
  nfs: /^[^/]*:/,
  nfs4: /^[^/]*:/,
  cifs: /^\/\/[^/]/,
}
/** With one of these the kernel takes the device for a folder, whatever the type says. */
const foreignOptions: ReadonlySet<string> = new Set(['bind', 'rbind', 'remount', 'move'])

export const judgeVolume = (volume: Volume, path: string, allowance: Allowance): Violation | undefined =>
  judgeName(volume.engineName, path) ??
  judgeLabels(volume.labels, `${path}.labels`) ??
  (volume.isExternal ? undefined : judgeDriver(volume, path, allowance))

const judgeDriver = ({ driver, driverOptions }: Volume, path: string, allowance: Allowance): Violation | undefined => {
  if (driver !== 'local' && driver !== '')
    return allowance.volumeDrivers.includes(driver)
      ? undefined
      : {
          path: `${path}.driver`,
          message: `driver ${driver} does with the node what it likes`,
          hint: `use the local driver; an owner allows it with "atoll allow APP --volume-driver ${driver}"`,
        }
  const { type = '', device = '', o = '' } = driverOptions
  if (type === '' && device === '' && o === '') return undefined
  const isOfHost = o.split(',').some((option) => foreignOptions.has(option.trim().toLowerCase()))
  const rule = Object.hasOwn(deviceRules, type) ? deviceRules[type] : undefined
  const isKnown = rule?.test(device) === true && !`${type}${o}`.includes('{{')
  if (isKnown && !isOfHost) return undefined
  const source = device || `type ${type || 'none'}`
  const isAllowed = isOfHost && !`${device}${o}`.includes('{{') && isAllowedPath(device, allowance)
  if (isAllowed) return undefined
  const allowing = device.startsWith('/')
    ? `; an owner allows a bind of it with "atoll allow APP --host-path ${cleanPath(device)}"`
    : ''
  const hint = `use a plain volume, or one of type tmpfs, nfs, nfs4 or cifs${allowing}`
  return { path: `${path}.driver_opts`, message: `${source} is a path or device of the node`, hint }
}

const isAllowedPath = (device: string, { hostPaths }: Allowance): boolean =>
  device.startsWith('/') &&
  !device.split('/').includes('..') &&
  !dockerSockets.has(cleanPath(device)) &&
  hostPaths.some((allowed) => cleanPath(allowed) === cleanPath(device))
