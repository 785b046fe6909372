import { isIpAddress } from '../ip-address.ts'
import type { Node } from '../node.ts'
import { mappingNode, nodeOf } from '../node.ts'
import type { Parsed } from '../parsed.ts'
import { dictionary, list, record, shorthand, text, whole } from '../shape.ts'
import type { KeyValuesShape, ListShape, PairsShape, Shape, WordsShape } from '../shape.ts'
import { keyValues } from '../shape.ts'
import { splitWords } from '../shell-words.ts'

/** Values that several sections of a compose file share. */
export const words: WordsShape = { kind: 'words', split: splitWords }

/** Names of services, networks and the like. */
export const NAMES = /^[a-zA-Z0-9._-]+$/

/** A list in which the same text may not stand twice. */
export const texts = list(text(), { isUnique: true })

/** Texts that say `KEY=...`, of which the last of a key stays; without `=` the whole text is the key. */
export const keyedTexts = (options: Partial<ListShape> = {}): ListShape =>
  list(text(), { ...options, keyOf: (item) => (item.kind === 'scalar' ? item.text.split('=')[0] : undefined) })

export const labels: KeyValuesShape = keyValues('')
export const variables: KeyValuesShape = keyValues(null)
export const driverOptions = dictionary(text({ takesAny: true }))

/** `HOST=IP`; the older `HOST:IP` is taken, IPv6 addresses may stand in brackets. */
const parseHost = (host: string): Parsed<string> => {
  const [, name = '', , address = ''] = /^([^=:]+)([=:])(.+)$/.exec(host) ?? []
  if (name === '') return { kind: 'error', message: `"${host}" lacks an address; write "name=10.0.0.1"` }
  const bare = address.replace(/^\[(.+)\]$/, '$1')
  const isAddress = isIpAddress(bare) || bare === 'host-gateway'
  return isAddress || !/[=\s]/.test(bare)
    ? { kind: 'ok', value: `${name}=${bare}` }
    : { kind: 'error', message: `"${address}" of "${host}" is not an address` }
}

export const hosts: PairsShape = { kind: 'pairs', parse: parseHost, isSorted: true }
export const sshKeys: PairsShape = { kind: 'pairs', parse: (key) => ({ kind: 'ok', value: key }), takesScalar: true }

const limit = whole({ minimum: -1 })

export const ulimits = dictionary({
  kind: 'forms',
  scalar: limit,
  mapping: record({ soft: limit, hard: limit }, { required: ['soft', 'hard'], isReplaced: () => true }),
})

/** A list of names stands for a mapping in which every name has `value`. */
export const named = (long: Shape, value: unknown = null): Shape =>
  shorthand(
    (node) => (node.kind === 'sequence' ? nameEach(node.items, node, value) : { kind: 'ok', value: node }),
    long,
  )

const nameEach = (items: readonly Node[], { at }: Node, value: unknown): Parsed<Node> => {
  const seen = new Set<string>()
  for (const item of items) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string')
      return { kind: 'error', message: 'must be a list of names' }
    if (seen.has(item.text)) return { kind: 'error', message: `names ${item.text} twice; keep one` }
    seen.add(item.text)
  }
  return {
    kind: 'ok',
    value: mappingNode(
      items.map((item) => [item.kind === 'scalar' ? item.text : '', nodeOf(value, item.at)]),
      at,
    ),
  }
}
