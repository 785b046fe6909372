import { execFile } from 'node:child_process'
import { access, constants, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CommandError } from '../errors.ts'

const run = promisify(execFile)
const timeoutMs = 120_000

/** A program with what it is linked against: paths it has in the image, and where each is here. */
export interface FoundProgram extends AsyncDisposable {
  readonly program: string
  readonly libraries: ReadonlyMap<string, string>
}

/** A program of Debian's and Ubuntu's, named as its package. */
export interface WantedProgram {
  readonly name: string
  readonly path: string
  /** How it is asked for its version. */
  readonly versionFlag: string
  /** Absent: Debian's does not know its own. */
  readonly leastVersion?: readonly [major: number, minor: number]
}

/** What `@atoll/ingress` writes configurations for. */
export const haproxy: WantedProgram = {
  name: 'haproxy',
  path: '/usr/sbin/haproxy',
  versionFlag: '-v',
  leastVersion: [2, 6],
}

/** What `@atoll/certificates` asks authorities with. */
export const lego: WantedProgram = { name: 'lego', path: '/usr/bin/lego', versionFlag: '--version' }

/**
 * This machine's, else the one of the package, which is fetched and unpacked, and not installed. `loader`: of the programs of
 * this machine. CommandError `no-program`.
 */
export const findProgram = async (wanted: WantedProgram, loader: string): Promise<FoundProgram> => {
  if (await isProgram(wanted.path)) return describe(wanted, { loader, root: '' }, async () => undefined)
  const folder = await mkdtemp(join(tmpdir(), `atoll-${wanted.name}-`))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    return await describe(wanted, { loader, root: await unpackPackage(wanted.name, folder) }, remove)
  } catch (cause) {
    await remove()
    throw cause instanceof CommandError ? cause : noProgram(wanted, cause)
  }
}

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

/** With whatever it needs that is not installed here; as anybody, for nothing is installed. */
const unpackPackage = async (name: string, folder: string): Promise<string> => {
  const options = ['Debug::NoLocking=1', `Dir::Cache::archives=${folder}`].flatMap((option) => ['-o', option])
  const what = ['--quiet', '--yes', '--no-install-recommends', '--download-only', 'install', name]
  await run('apt-get', [...options, ...what], { timeout: timeoutMs })
  const root = join(folder, 'root')
  const packages = (await readdir(folder)).filter((file) => file.endsWith('.deb'))
  for (const file of packages) await run('dpkg-deb', ['--extract', join(folder, file), root], { timeout: timeoutMs })
  return root
}

const describe = async (
  { name, path, versionFlag, leastVersion }: WantedProgram,
  { loader, root }: { readonly loader: string; readonly root: string },
  remove: () => Promise<void>,
): Promise<FoundProgram> => {
  const program = root + path
  const folders = await listLibraryFolders(root)
  const found = folders.length === 0 ? [] : ['--library-path', folders.join(':')]
  const { stdout: version } = await run(loader, [...found, program, versionFlag], { timeout: timeoutMs })
  if (leastVersion !== undefined) requireVersion(version, name, leastVersion)
  const { stdout: list } = await run(loader, [...found, '--list', program], { timeout: timeoutMs })
  const libraries = parseLibraries(list).map(
    (library) => [library.slice(library.startsWith(root) ? root.length : 0), library] as const,
  )
  return { program, libraries: new Map(libraries), [Symbol.asyncDispose]: remove }
}

/** Where libraries of an unpacked package are; those of an installed one the loader finds by itself. */
const listLibraryFolders = async (root: string): Promise<readonly string[]> => {
  if (root === '') return []
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return [...new Set(entries.filter(({ name }) => name.includes('.so')).map(({ parentPath }) => parentPath))].toSorted()
}

/** Of `ld.so --list`: `libssl.so.3 => /lib/x86_64-linux-gnu/libssl.so.3 (0x00007f...)`. */
const parseLibraries = (list: string): readonly string[] =>
  [...list.matchAll(/=> (\/\S+) \(0x/g)].map((match) => match[1] ?? '')

const requireVersion = (
  text: string,
  name: string,
  [leastMajor, leastMinor]: readonly [major: number, minor: number],
): void => {
  const [, major = 0, minor = 0] = (/version v?(\d+)\.(\d+)/.exec(text) ?? []).map(Number)
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return
  throw new CommandError('no-program', `make the image of the platform: ${name} here is ${major}.${minor}`, {
    hint: `it takes ${leastMajor}.${leastMinor} or newer, as of Debian 12; make the image there ("atoll image save FILE") and use --image FILE here`,
  })
}

const noProgram = ({ name }: WantedProgram, cause: unknown): CommandError =>
  new CommandError(
    'no-program',
    `make the image of the platform: there is no ${name} here, and its package cannot be had`,
    {
      hint: `install it (apt-get update && apt-get install ${name}), or use --image FILE with one that was made on Debian 12`,
      cause,
    },
  )
