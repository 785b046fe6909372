import { randomUUID } from 'node:crypto'
import { globSync } from 'node:fs'
import { readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Plugin } from 'esbuild'
import { bundleFolder, readState, recordFile } from './find-bundle.ts'
import type { BundleRecord } from './find-bundle.ts'
import { isBuiltin, leanBuiltins, requireBanner } from './lean-builtins.ts'

/** A command that was started from an older bundle may still want a part of it. */
const keptMs = 24 * 3_600_000
/** Files are stamped by a clock that ticks; ours runs ahead of it. */
const tickMs = 20

export interface BundleRequest {
  /** The checkout: packages in `packages`, their dependencies in `node_modules`. */
  readonly root: string
  /** The program, absolute. */
  readonly program: string
}

/**
 * Makes one program of many files, which starts faster: `bin/atoll` takes it as long as no file it was made
 * of has changed (find-bundle.ts). Gives its path. Killed at any moment, the bundle before stays the newest.
 */
export const makeBundle = async ({ root, program }: BundleRequest): Promise<string> => {
  const beganAtMs = Date.now()
  const folder = join(bundleFolder(root), `of-${randomUUID()}`)
  const inputs = await bundle(root, { program, folder })
  const entry = join(folder, basename(program).replace(/\.ts$/, '.js'))
  const madeOf = [...inputs, ...listDecisive(root)].map((path) => readState(root, path))
  await writeNewest({ root, entry: relative(root, entry), madeOf }, beganAtMs)
  await removeOld(root, folder)
  return entry
}

/** Gives the paths of our own files in it, from the root; those of dependencies change with the lock alone. */
const bundle = async (
  root: string,
  { program, folder }: { readonly program: string; readonly folder: string },
): Promise<readonly string[]> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [program],
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
    metafile: true,
    // It looks for its own program beside itself.
    external: ['esbuild'],
    plugins: [leanBuiltins, keepPlaces],
    define: { 'import.meta.dirname': 'atollSourceFolder', 'import.meta.url': 'atollSourceUrl' },
    banner: { js: requireBanner },
  })
  return Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules/') && !isBuiltin(path))
}

/** Sources look for files beside themselves, and have to find them there from a bundle too. */
const keepPlaces: Plugin = {
  name: 'keep-places',
  setup: (bundling) =>
    bundling.onLoad({ filter: /\.(ts|js|mjs)$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8')
      if (!contents.includes('import.meta')) return undefined
      const places = { atollSourceFolder: dirname(path), atollSourceUrl: pathToFileURL(path).href }
      const lines = Object.entries(places).map(([name, place]) => `const ${name} = ${JSON.stringify(place)};`)
      return { contents: `${lines.join('')}${contents}`, loader: path.endsWith('.ts') ? 'ts' : 'js' }
    }),
}

/** What decides on which files go into it: rooms, their entries, and which dependencies are installed. */
const listDecisive = (root: string): readonly string[] =>
  globSync(['package.json', 'packages/*/package.json', 'node_modules/.package-lock.json'], { cwd: root })

/** A file that changed while it was read may be in it as it was before: then there is no record, and the next one is right. */
const writeNewest = async (record: BundleRecord, beganAtMs: number): Promise<void> => {
  const { root } = record
  const late = record.madeOf.find(([, changedAtMs]) => changedAtMs >= beganAtMs - tickMs)
  if (late !== undefined) return
  const file = recordFile(root)
  const fresh = join(root, `${record.entry}.json`)
  await writeFile(fresh, JSON.stringify(record))
  await rename(fresh, file)
}

const removeOld = async (root: string, newest: string): Promise<void> => {
  const names = (await readdir(bundleFolder(root))).filter((name) => name.startsWith('of-'))
  for (const folder of names.map((name) => join(bundleFolder(root), name))) {
    if (folder === newest) continue
    const { mtimeMs } = await stat(folder)
    if (Date.now() - mtimeMs > keptMs) await rm(folder, { recursive: true, force: true })
  }
}
