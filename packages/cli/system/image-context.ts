import { cp, mkdir, realpath, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

/** What the image is built from: the folder a build is given, written anew each time. */
export interface ImageContext {
  readonly folder: string
}

const here = import.meta.dirname
const packages = dirname(dirname(here))

/** The programs of the image, by the name they have in it. */
const programs = {
  agent: join(packages, 'agent/main.ts'),
  control: join(packages, 'control/main.ts'),
  gate: join(packages, 'control/gate/main.ts'),
  health: join(here, 'health.ts'),
} as const

/** Writes Atoll's programs, this Node and the libraries it is linked against, and the Dockerfile that takes them. */
export const writeImageContext = async (folder: string): Promise<ImageContext> => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await Promise.all([
    bundlePrograms(join(folder, 'atoll')),
    copyNode(join(folder, 'root')),
    cp(join(here, 'Dockerfile'), join(folder, 'Dockerfile')),
  ])
  return { folder }
}

/** One file per program and what they share; libraries that were written for CommonJS call `require`. */
const bundlePrograms = async (folder: string): Promise<void> => {
  await build({
    entryPoints: programs,
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    outExtension: { '.js': '.mjs' },
    banner: {
      js: "import { createRequire as atollRequire } from 'node:module'; const require = atollRequire(import.meta.url);",
    },
    keepNames: true,
    logLevel: 'error',
  })
}

/** Where the image has its Node; what is beside it stands at the same path as here. */
const nodePath = 'atoll/node'

const copyNode = async (root: string): Promise<void> => {
  await copyInto(process.execPath, join(root, nodePath))
  for (const library of listLibraries()) await copyInto(await realpath(library), join(root, library))
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
