import type { Node } from '../node.ts'
import { findEntry, findText, isFilled, nodeOf } from '../node.ts'
import type { Parsed } from '../parsed.ts'
import { bytes, flag, keyValues, list, oneOf, record, shorthand, text, textOrNumber, whole } from '../shape.ts'
import { parsePort } from '../short-ports.ts'
import { parseVolume } from '../short-volumes.ts'

const scalarText = (node: Node | undefined): string | undefined => (node?.kind === 'scalar' ? node.text : undefined)

const parsed = <T>(result: Parsed<T>, { at }: Node): Parsed<Node> =>
  result.kind === 'ok' ? { kind: 'ok', value: nodeOf(result.value, at) } : result

const port = record({
  name: text(),
  mode: text(),
  host_ip: text(),
  target: whole({ minimum: 1, maximum: 65_535 }),
  published: textOrNumber,
  protocol: text(),
  app_protocol: text(),
})

/** Two entries for one address, port and protocol are the same port; compose-go's unicity rule for ports. */
const portKey = (item: Node): string | undefined => {
  if (item.kind !== 'mapping') return undefined
  const field = (key: string, missing: string): string => scalarText(findEntry(item, key)) ?? missing
  return `${field('host_ip', '0.0.0.0')}:${field('published', '')}:${field('target', '')}/${field('protocol', 'tcp')}`
}

export const ports = list(port, {
  keyOf: portKey,
  expandItem: (item) => {
    if (typeof item.value !== 'string' && typeof item.value !== 'number') {
      return { kind: 'error', message: 'must be a port, text like "8080:80", or a mapping' }
    }
    const result = parsePort(item.value)
    return result.kind === 'ok' ? { kind: 'ok', value: result.value.map((entry) => nodeOf(entry, item.at)) } : result
  },
})

const volume = record(
  {
    type: oneOf('bind', 'volume', 'tmpfs', 'cluster', 'npipe', 'image'),
    source: text(),
    target: text(),
    read_only: flag,
    consistency: text(),
    bind: record({
      propagation: text(),
      // No engine of ours creates folders on a node, and compose-go does not print it either.
      create_host_path: { kind: 'flag', isMute: true },
      recursive: oneOf('enabled', 'disabled', 'writable', 'readonly'),
      selinux: oneOf('z', 'Z'),
    }),
    volume: record({ labels: keyValues(), nocopy: flag, subpath: text() }),
    tmpfs: record({ size: { ...bytes, minimum: 0 }, mode: { kind: 'file-mode' } }),
    image: record({ subpath: text() }),
  },
  { required: ['type'] },
)

export const volumes = list(
  shorthand(
    (node) =>
      node.kind === 'scalar' && typeof node.value === 'string'
        ? parsed(parseVolume(node.value), node)
        : { kind: 'ok', value: node },
    volume,
  ),
  { keyOf: (item) => findText(item, 'target') },
)

const file = record({ source: text(), target: text(), uid: text(), gid: text(), mode: { kind: 'file-mode' } })

/** Configs and secrets of a service or a build; `folder` is where they appear unless they say otherwise. */
export const files = (folder: string): ReturnType<typeof list> =>
  list(
    shorthand((node) => ({ kind: 'ok', value: isFilled(node) ? nodeOf({ source: node.value }, node.at) : node }), file),
    { keyOf: (item) => findText(item, 'target') ?? `${folder}/${findText(item, 'source') ?? ''}` },
  )

const device = record({ source: text(), target: text(), permissions: text() }, { required: ['source'] })

/** `SOURCE[:TARGET[:PERMISSIONS]]`; the target is the source's own path, permissions are `rwm`. */
const expandDevice = (node: Node): Parsed<Node> => {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return { kind: 'ok', value: node }
  const [source = '', target = source, permissions = 'rwm', ...rest] = node.value.split(':')
  if (rest.length > 0) return { kind: 'error', message: `must be SOURCE:TARGET:PERMISSIONS, not "${node.value}"` }
  return { kind: 'ok', value: nodeOf({ source, target, permissions }, node.at) }
}

export const devices = list(shorthand(expandDevice, device), { keyOf: (item) => findText(item, 'target') })
