import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import type { LabContext } from '../config.ts'
import { withLock } from '../lock.ts'
import { PROCESS_MARK } from '../names.ts'
import { withProgress } from '../progress.ts'
import { removeTree } from '../remove-tree.ts'
import { run } from '../run.ts'
import { runAlone } from '../run-alone.ts'

const SUITE = 'bookworm'
// What a small Debian server has; and tini, the first process in the place of an init that would drive the machine.
const PACKAGES = ['ca-certificates', 'iproute2', 'netbase', 'openssh-server', 'procps', 'tini']

/**
 * The folder with the Debian that bare hosts start from, made from packages at the first time and kept in the cache:
 * the same packages from the same mirrors are the same folder. It is never written to once it is there.
 */
export const ensureDebianRoot = async (tag: string, context: LabContext): Promise<string> => {
  const { sources, settings } = await readMachineApt(context.signal)
  const key = ['debian-root 1', SUITE, process.arch, ...PACKAGES, ...sources, ...settings].join('\n')
  const roots = `${context.cache}/roots`
  const folder = `${roots}/${createHash('sha256').update(key).digest('hex').slice(0, 20)}`
  await withLock(roots, { signal: context.signal, timeoutMs: 600_000 }, async () => {
    if (existsSync(folder)) return
    const unfinished = `${roots}/unfinished`
    // Of a run that was killed.
    await removeTree(unfinished)
    await mkdir(unfinished)
    await build(`${unfinished}/root`, { tag, sources, settings, context })
    await writeFile(`${unfinished}/key`, key)
    await rename(unfinished, folder)
  })
  return `${folder}/root`
}

interface Apt {
  /** Lines of sources.list(5). */
  readonly sources: readonly string[]
  /** Lines of apt.conf(5). */
  readonly settings: readonly string[]
}

/** Where the machine has its own Debian packages from, and through which proxy; hosts ask the same. */
const readMachineApt = async (signal: AbortSignal): Promise<Apt> => {
  const format = 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)'
  const filters = ['Created-By: Packages', 'Origin: Debian']
  const sources = await run(['apt-get', 'indextargets', '--format', format, ...filters], { signal })
  const settings = await run(['apt-config', 'dump'], { signal })
  return {
    // Without any, mmdebstrap takes the mirror that Debian itself names.
    sources: sources.split('\n').filter((line) => line.includes(` ${SUITE}`)),
    settings: settings.split('\n').filter((line) => /^Acquire::https?::Proxy\b.*"[^"]/.test(line)),
  }
}

interface Build extends Apt {
  readonly tag: string
  readonly context: LabContext
}

const build = async (root: string, { tag, sources, settings, context }: Build): Promise<void> => {
  const { signal, onProgress } = context
  const options = settings.map((line) => `--aptopt=${line}`)
  const what = ['mmdebstrap', '--quiet', '--mode=root', '--variant=minbase', '--format=directory']
  const include = `--include=${PACKAGES.join(',')}`
  const argv = [...what, include, ...options, SUITE, root, ...sources]
  const work = { what: 'building the Debian of bare hosts from packages', usually: 'half a minute; once', onProgress }
  await withProgress(work, () => runAlone(argv, { signal, timeoutMs: 600_000, environment: { [PROCESS_MARK]: tag } }))
  // Each host has a key of its own.
  const keys = (await readdir(`${root}/etc/ssh`)).filter((name) => name.startsWith('ssh_host_'))
  await Promise.all(keys.map((name) => rm(`${root}/etc/ssh/${name}`)))
}
