import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { z } from 'zod'
import { BackupError } from './errors.ts'
import { renderLine } from './lines.ts'
import type { Entry } from './lines.ts'
import type { State } from './state.ts'

/** The version of what is in a file. Raise it when an older Atoll would misread it. */
const format = 1

const section = z.object({
  /** A collection of documents, or `keys`. */
  name: z.string().max(200),
  kind: z.enum(['documents', 'keys']),
  /** Lines: revisions, or keys. */
  entries: z.number().int().nonnegative(),
  /** SHA-256 of its lines, in the order of the file. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

const shape = z.object({
  kind: z.literal('atoll-backup'),
  format: z.literal(format),
  id: z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{4}$/),
  madeAtMs: z.number(),
  version: z.string().max(200),
  by: z.string().max(500),
  nodes: z
    .array(z.object({ name: z.string(), isManager: z.boolean(), labels: z.record(z.string(), z.string()) }))
    .max(10_000),
  sections: z.array(section).max(1000),
})

/** The first line of a file: what is in it, so that what is missing or changed is found out. */
export type Manifest = z.infer<typeof shape>
export type Section = Manifest['sections'][number]

/** Documents, then keys: the order of the file. The order of fields is fixed, for the hashes are of the text. */
export const listEntries = ({ documents, keys }: Pick<State, 'documents' | 'keys'>): readonly Entry[] => [
  ...documents.map(({ collection, id, revision, value, writtenAtMs }): Entry => {
    return { kind: 'document', collection, id, revision, value, writtenAtMs }
  }),
  ...keys.map(({ engineName, value }): Entry => ({ kind: 'key', engineName, value })),
]

export const describeState = (state: State): Manifest => {
  const sections = new Map<string, Omit<Section, 'sha256'> & { readonly hash: Hash }>()
  for (const entry of listEntries(state)) {
    const { name, kind } = sectionOf(entry)
    const { entries, hash } = sections.get(name) ?? { entries: 0, hash: createHash('sha256') }
    sections.set(name, { name, kind, entries: entries + 1, hash: hash.update(renderLine(entry)) })
  }
  return {
    kind: 'atoll-backup',
    format,
    ...state.about,
    nodes: state.about.nodes.map((node) => ({ ...node, labels: { ...node.labels } })),
    sections: [...sections.values()].map(({ hash, ...each }) => ({ ...each, sha256: hash.digest('hex') })),
  }
}

const sectionOf = (entry: Entry): Pick<Section, 'name' | 'kind'> =>
  entry.kind === 'key' ? { name: 'keys', kind: 'keys' } : { name: entry.collection, kind: 'documents' }

const anyFormat = z.object({ kind: z.literal('atoll-backup'), format: z.number().int() })

/** BackupError `not-a-backup`, or `newer-format` of one that a newer Atoll has written. */
export const parseManifest = (line: unknown, name: string): Manifest => {
  const known = anyFormat.safeParse(line)
  if (!known.success) throw new BackupError('not-a-backup', `read ${name}: it opens, and is no backup of Atoll`)
  if (known.data.format > format) {
    const message = `read ${name}: it is of format ${known.data.format}; this Atoll knows formats up to ${format}`
    throw new BackupError('newer-format', message, { hint: 'take the Atoll that made it, or a newer one' })
  }
  const parsed = shape.safeParse(line)
  if (parsed.success) return parsed.data
  throw new BackupError('damaged', `read ${name}: its manifest is not as one is written`, { cause: parsed.error })
}

/** BackupError `damaged` naming the first thing that is not as the manifest says. */
export const requireMatch = (manifest: Manifest, state: State, name: string): void => {
  const found = new Map(describeState(state).sections.map((each) => [each.name, each]))
  for (const { name: wanted, entries, sha256 } of manifest.sections) {
    const { entries: there = 0, sha256: hash } = found.get(wanted) ?? {}
    if (there !== entries) throw damaged(name, `${wanted}: ${there} of ${entries} are there`)
    if (hash !== sha256) throw damaged(name, `${wanted}: it is not what was written`)
  }
  if (found.size !== manifest.sections.length) throw damaged(name, 'there is more in it than its manifest says')
}

const damaged = (name: string, what: string): BackupError =>
  new BackupError('damaged', `read ${name}: ${what}`, { hint: 'take another backup; nothing was changed' })
