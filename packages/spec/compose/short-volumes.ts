import { renderQuoted } from './parsed.ts'
import type { Parsed } from './parsed.ts'

/**
 * A volume as the canonical model holds it. Of a bind mount compose creates a missing host path unless told otherwise,
 * so only the contrary, `create_host_path: false`, is written down.
 */
export type CanonicalVolume = {
  readonly type: 'bind' | 'volume'
  readonly source?: string
  readonly target: string
  readonly read_only?: true
  readonly bind?: { readonly propagation?: string; readonly selinux?: string; readonly create_host_path?: false }
  readonly volume?: { readonly nocopy?: true }
}

interface Options {
  isReadOnly: boolean
  noCopy: boolean
  propagation?: string
  selinux?: string
}

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']

/**
 * Reads the short form of a volume, `[SOURCE:]TARGET[:OPTIONS]`, as compose-go's format.ParseVolume does. A source that
 * begins with `.`, `/`, `~`, a drive letter or `\\` is a path of the host, any other the name of a volume. Paths are
 * not resolved; options nobody knows are passed over, as there.
 */
export const parseVolume = (text: string): Parsed<CanonicalVolume> => {
  if (text === '') return volumeError(text, 'is empty')
  // Of two bytes or one: compose-go takes it for a target, whatever it holds.
  if (/^(?:\p{ASCII}{1,2}|[\u0080-\u07ff])$/u.test(text)) return { kind: 'ok', value: { type: 'volume', target: text } }
  const sections = splitSections(text)
  if (sections.includes('')) return volumeError(text, 'has an empty section between colons')
  if (sections.length > 3) return volumeError(text, 'has too many colons')
  const [first = '', second, options = ''] = sections
  const source = second === undefined ? undefined : first
  return { kind: 'ok', value: renderVolume(source, second ?? first, parseOptions(options)) }
}

/** A colon after a single letter belongs to a Windows drive, one within `${...}` to the variable. Ends after too many. */
const splitSections = (text: string): readonly string[] => {
  const sections: string[] = []
  let section = ''
  let depth = 0
  for (let at = 0; at < text.length && sections.length <= 3; at++) {
    const character = text.charAt(at)
    if (character === '$' && text[at + 1] === '{') depth++
    else if (character === '}' && depth > 0) depth--
    if (character === ':' && depth === 0 && !/^\p{L}$/u.test(section)) {
      sections.push(section)
      section = ''
    } else section += character
  }
  return [...sections, section]
}

const parseOptions = (text: string): Options => {
  const options: Options = { isReadOnly: false, noCopy: false }
  for (const option of text.split(',')) {
    if (option === 'ro' || option === 'rw') options.isReadOnly = option === 'ro'
    else if (option === 'nocopy') options.noCopy = true
    else if (option === 'z' || option === 'Z') options.selinux = option
    else if (PROPAGATIONS.includes(option)) options.propagation = option
  }
  return options
}

const renderVolume = (source: string | undefined, target: string, options: Options): CanonicalVolume => {
  const isBind = source !== undefined && isHostPath(source)
  const { isReadOnly, noCopy, ...bind } = options
  const hasBindOptions = Object.keys(bind).length > 0
  return {
    type: isBind ? 'bind' : 'volume',
    ...(source === undefined ? {} : { source }),
    target,
    ...(isReadOnly ? { read_only: true } : {}),
    ...(isBind ? { bind } : hasBindOptions ? { bind: { ...bind, create_host_path: false } } : {}),
    ...(noCopy ? { volume: { nocopy: true } } : isBind ? {} : { volume: {} }),
  }
}

const isHostPath = (source: string): boolean => /^(?:[./~]|\\\\|\p{L}:)/u.test(source)

const volumeError = (text: string, reason: string): Parsed<never> => ({
  kind: 'error',
  message: `volume ${renderQuoted(text)} ${reason}; write for example "data:/var/lib/data" or "./site:/srv:ro"`,
})
