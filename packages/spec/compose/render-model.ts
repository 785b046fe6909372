import { stringify } from 'yaml'
import type { ComposeMapping, ComposeModel, ComposeValue } from '../project.ts'
import { isAbsolutePath, normalizePath } from './file-path.ts'

/**
 * The canonical model as text. JSON is for programs and holds the values as they are. YAML is a compose file again: a
 * dollar sign is written `$$`, so that loading it gives the same model.
 */
export const renderModel = (model: ComposeModel, format: 'yaml' | 'json'): string => {
  // The name comes first, as in the files people write.
  const { name, ...others } = model
  const services = Object.fromEntries(Object.entries(model.services).map(cleanTargets))
  const clean = { name, ...others, services }
  return format === 'json'
    ? `${JSON.stringify(clean, undefined, 2)}\n`
    : stringify(escapeDollars(clean), { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' })
}

/** Targets of mounts without doubled and trailing slashes, as compose-go prints them. */
const cleanTargets = ([name, service]: readonly [string, ComposeMapping]): readonly [string, ComposeMapping] => {
  const volumes = service['volumes']
  return Array.isArray(volumes) ? [name, { ...service, volumes: volumes.map(cleanTarget) }] : [name, service]
}

const cleanTarget = (volume: ComposeValue): ComposeValue => {
  if (typeof volume !== 'object' || volume === null || !('target' in volume)) return volume
  const { target } = volume
  return typeof target === 'string' && isAbsolutePath(target) ? { ...volume, target: normalizePath(target) } : volume
}

const escapeDollars = (value: ComposeValue): ComposeValue => {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(escapeDollars)
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, escapeDollars(child)]))
}
