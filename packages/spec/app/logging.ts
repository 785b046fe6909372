import type { Service } from '../app.ts'
import { at, isIdle, pairsOf, textOf, type Source } from './source.ts'

/** Logs without a cap fill the disk of a node, and then everything on it stops. */
const cap = { 'max-size': '10m', 'max-file': '3' }
/** Drivers that write to the node's disk and take these two options. */
const capped: ReadonlySet<string> = new Set(['local', 'json-file'])
/** Options the `local` driver knows; a file that names others without a driver means the engine's json-file. */
const localOptions: ReadonlySet<string> = new Set(['max-size', 'max-file', 'compress', 'mode', 'max-buffer-size'])

/** Compose `logging`, by default the driver `local`; always with a cap. */
export const loggingOf = (source: Source): Service['logging'] => {
  if (isIdle(source)) return { driver: 'local', options: cap }
  const options = pairsOf(at(source, 'options'))
  const isLocal = Object.keys(options).every((name) => localOptions.has(name))
  const driver = textOf(at(source, 'driver')) || (isLocal ? 'local' : 'json-file')
  return { driver, options: capped.has(driver) ? { ...cap, ...options } : options }
}
