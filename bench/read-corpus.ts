import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadProject, type FileRead } from '@atoll/spec'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

/** A process of its own, so that its peak memory is that of this work alone: read-corpus.ts atoll|yaml FOLDER */
const [side, folder = '.'] = process.argv.slice(2)
const rowSchema = z.object({ file: z.string(), env: z.record(z.string(), z.string()) })
const rows = readFileSync(join(folder, 'cases/corpus-manifest.jsonl'), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => rowSchema.parse(JSON.parse(line)))

const startedAt = performance.now()
const accepted = rows.filter((row) => (side === 'atoll' ? isAccepted(row) : isYaml(row))).length
const seconds = (performance.now() - startedAt) / 1000
console.log(JSON.stringify({ files: rows.length, accepted, seconds, peakBytes: readPeakBytes() }))

function isAccepted({ file, env }: z.infer<typeof rowSchema>): boolean {
  const path = join(folder, file)
  const { project } = loadProject({
    files: [path],
    workingDir: dirname(path),
    profiles: [],
    variables: env,
    read,
    exists: existsSync,
  })
  return project !== undefined
}

function isYaml({ file }: z.infer<typeof rowSchema>): boolean {
  const documents = parseAllDocuments(readFileSync(join(folder, file), 'utf8'))
  return Array.isArray(documents) && documents.every(({ errors }) => errors.length === 0)
}

function read(path: string): FileRead {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return { kind: 'absent' }
  return found.isDirectory() ? { kind: 'folder' } : { kind: 'text', text: readFileSync(path, 'utf8') }
}

/** Not maxRSS: on Linux that begins with what the parent had when it forked. */
function readPeakBytes(): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
