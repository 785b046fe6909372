import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'

const run = promisify(execFile)
const manifestSchema = z.tuple([
  z.object({ Config: z.string(), RepoTags: z.array(z.string()), Layers: z.array(z.string()) }),
])
const configSchema = z.looseObject({
  rootfs: z.looseObject({ diff_ids: z.array(z.string()) }),
  history: z.array(z.unknown()),
})
const hashOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

/** Another build of the platform: an image as `atoll image save` wrote it, with some files besides or instead. */
export const alterImage = async (from: string, to: string, files: Readonly<Record<string, string>>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'atoll-image-'))
  const tar = (...args: readonly string[]) => run('tar', [...args], { cwd: folder })
  await tar('-xzf', from)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'patch', path)), { recursive: true })
    writeFileSync(join(folder, 'patch', path), content)
  }
  await tar('--owner=0', '--group=0', '--mtime=@0', '-cf', 'patch.tar', '-C', 'patch', '.')
  const [manifest] = manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')))
  const config = configSchema.parse(JSON.parse(readFileSync(join(folder, manifest.Config), 'utf8')))
  const patch = `sha256:${hashOf(readFileSync(join(folder, 'patch.tar')))}`
  const altered = JSON.stringify({
    ...config,
    rootfs: { ...config.rootfs, diff_ids: [...config.rootfs.diff_ids, patch] },
    history: [...config.history, { created: '1970-01-01T00:00:00Z', created_by: 'a test' }],
  })
  const hash = hashOf(Buffer.from(altered))
  writeFileSync(join(folder, `${hash}.json`), altered)
  const RepoTags = [`atoll-system:${hash.slice(0, 12)}`]
  const told = [{ Config: `${hash}.json`, RepoTags, Layers: [...manifest.Layers, 'patch.tar'] }]
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(told))
  // It is read again at once, and so need not be small.
  await tar('-I', 'gzip -1', '-cf', 'image.tar.gz', 'manifest.json', `${hash}.json`, ...manifest.Layers, 'patch.tar')
  renameSync(join(folder, 'image.tar.gz'), to)
  rmSync(folder, { recursive: true })
}
