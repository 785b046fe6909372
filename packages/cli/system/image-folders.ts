import { cp, mkdir, realpath, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findLibraryFile, libraryFiles } from '@atoll/control/library-files'
import { build } from 'esbuild'
import { leanBuiltins, requireBanner } from '../bundle/lean-builtins.ts'
import { CommandError } from '../errors.ts'
import { findProgram, haproxy, lego } from './find-program.ts'
import type { ImageFolders } from './image-archive.ts'

const here = import.meta.dirname
const packages = dirname(dirname(here))

/** The programs of the image, by the name they have in it. */
const programs = {
  agent: join(packages, 'agent/main.ts'),
  asking: join(packages, 'ingress/asking/main.ts'),
  control: join(packages, 'control/main.ts'),
  gate: join(packages, 'control/gate/main.ts'),
  health: join(packages, 'engine/health/main.ts'),
  ingress: join(packages, 'ingress/main.ts'),
  mirror: join(packages, 'ingress/mirroring/main.ts'),
  probe: join(packages, 'engine/probe/main.ts'),
  prove: join(packages, 'server/proof/main.ts'),
  relay: join(packages, 'engine/relay/main.ts'),
  static: join(packages, 'ingress/static/main.ts'),
} as const

/** Writes Atoll's programs, this Node, HAProxy, lego and the libraries these are linked against, into a folder of ours that is made anew. */
export const writeImageFolders = async (folder: string): Promise<ImageFolders> => {
  if (process.platform !== 'linux') throw notLinux()
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const folders = { '': join(folder, 'root'), atoll: join(folder, 'atoll') }
  await Promise.all([bundlePrograms(folders.atoll), copyLibraryFiles(folders.atoll), copyForeign(folders[''])])
  return folders
}

/** One file per program, of the path of its main file, and what they share; libraries that were written for CommonJS call `require`. */
export const bundlePrograms = async (
  folder: string,
  entryPoints: Readonly<Record<string, string>> = programs,
): Promise<void> => {
  await build({
    // Files are named in it from here on, wherever the command runs: the same programs give the same image.
    absWorkingDir: dirname(packages),
    entryPoints,
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    outExtension: { '.js': '.mjs' },
    banner: { js: requireBanner },
    keepNames: true,
    plugins: [leanBuiltins],
    logLevel: 'error',
  })
}

/** What control sends as it is; a bundle finds it where any program finds its libraries. */
const copyLibraryFiles = async (folder: string): Promise<void> => {
  for (const name of libraryFiles) await copyInto(findLibraryFile(name), join(folder, 'node_modules', name))
}

/** Where the image has them; what is beside them stands at the same path as here. */
const nodePath = 'atoll/node'

/** Programs that are not ours. Several may be linked against one library, which is copied once. */
const copyForeign = async (root: string): Promise<void> => {
  const own = listLibraries()
  const loader = own.find((path) => path.includes('/ld-')) ?? ''
  await copyInto(process.execPath, join(root, nodePath))
  for (const wanted of [haproxy, lego]) {
    await using found = await findProgram(wanted, loader)
    await copyInto(found.program, join(root, 'atoll', wanted.name))
    // Those of an unpacked package are gone a moment later.
    for (const [path, here] of found.libraries) await copyInto(await realpath(here), join(root, path))
  }
  for (const path of own) await copyInto(await realpath(path), join(root, path))
}

/** The libraries this process has loaded, as the system's linker found them. The kernel's own has no file. */
const listLibraries = (): readonly string[] => {
  const report = process.report.getReport() as { readonly sharedObjects?: readonly string[] }
  return (report.sharedObjects ?? []).filter((path) => path.startsWith('/') && path.includes('.so'))
}

const copyInto = async (from: string, to: string): Promise<void> => {
  await mkdir(dirname(to), { recursive: true })
  await cp(from, to)
}

const notLinux = (): CommandError =>
  new CommandError('not-linux', 'make the image of the platform: it holds a Node for Linux, and there is none here', {
    hint: 'run "atoll image save FILE" on Linux, on the kind of processor the nodes have, and "atoll init --image FILE" here',
  })
