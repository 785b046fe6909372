import { existsSync } from 'node:fs'
import { access, chmod, constants, readFile, rm, writeFile } from 'node:fs/promises'
import type { LabContext } from './config.ts'
import { LabError } from './errors.ts'
import type { Lab } from './lab.ts'
import { withLock } from './lock.ts'
import { withProgress } from './progress.ts'
import { run, succeeds, SYSTEM_PATH } from './run.ts'

/** Programs the lab runs, and the Debian packages that bring them. */
const PACKAGES: Readonly<Record<string, string>> = {
  dockerd: 'docker.io',
  'docker-init': 'docker.io',
  'docker-registry': 'docker-registry',
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  'iptables-save': 'iptables',
  'mkfs.ext4': 'e2fsprogs',
  nsenter: 'util-linux',
  losetup: 'mount',
}

const KIND_PACKAGES: Readonly<Record<Lab['kind'], Readonly<Record<string, string>>>> = {
  swarm: {},
  bare: { ssh: 'openssh-client', 'ssh-keygen': 'openssh-client', setpriv: 'util-linux' },
}

/** Installs what is missing, and says so. Needs root and apt. No service of these packages is left running. */
export const ensurePackages = async (context: LabContext, kind: Lab['kind']): Promise<void> => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new LabError('machine-unfit', 'a lab needs Linux and root: namespaces, mounts and firewall rules are made')
  }
  if ((await findMissing(kind)).length === 0 && (await readPolicy()) !== 'ours') return
  await withLock(context.cache, { signal: context.signal, timeoutMs: 900_000 }, async () => {
    const missing = await findMissing(kind)
    if (missing.length > 0) await install(missing, context)
    // Still there from an installation that was killed.
    if ((await readPolicy()) === 'ours') await rm(POLICY)
  })
}

const findMissing = async (kind: Lab['kind']): Promise<string[]> => {
  const absent: string[] = []
  const ofKind = { ...PACKAGES, ...KIND_PACKAGES[kind] }
  const wanted = (await hasAppArmor()) ? { ...ofKind, apparmor_parser: 'apparmor' } : ofKind
  for (const [program, name] of Object.entries(wanted)) {
    if ((await findProgram(program)) === undefined) absent.push(name)
  }
  return [...new Set(absent)]
}

/** With AppArmor in the kernel, an engine starts no container before it has loaded its profile. */
const hasAppArmor = async (): Promise<boolean> =>
  (await readFile('/sys/module/apparmor/parameters/enabled', 'utf8').catch(() => '')).startsWith('Y')

/** Path of a program in the system's folders. */
export const findProgram = async (name: string): Promise<string | undefined> => {
  for (const folder of SYSTEM_PATH.split(':')) {
    const path = `${folder}/${name}`
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return undefined
}

const install = async (packages: readonly string[], context: LabContext): Promise<void> => {
  const { signal, onProgress } = context
  const names = packages.join(', ')
  if (!existsSync('/usr/bin/apt-get')) {
    throw new LabError('machine-unfit', `install ${names}: no apt-get here; install them and try again`)
  }
  const apt = ['apt-get', '--quiet', '-o', 'DPkg::Lock::Timeout=600']
  const options = { timeoutMs: 900_000, environment: { DEBIAN_FRONTEND: 'noninteractive' } }
  const whole = { ...options, isShielded: true }
  await forbidServices(async () => {
    // An installation that was killed must be brought to its end before apt begins another.
    await succeeds(['dpkg', '--configure', '--pending'], whole)
    // A third-party list that cannot be read fails the update, but Debian's own may be good enough.
    await withProgress({ what: 'reading the lists of Debian packages', onProgress }, () =>
      succeeds([...apt, 'update'], { ...options, signal }),
    )
    const work = { what: `installing Debian packages: ${names}`, usually: 'half a minute; once', onProgress }
    const argv = [...apt, 'install', '--yes', '--no-install-recommends', ...packages]
    await finishing(context, () => withProgress(work, () => run(argv, whole)))
  })
  await disableServices(packages)
  signal.throwIfAborted()
}

/** dpkg stopped half-way leaves packages that must be installed anew before anything else can be: Ctrl-C waits for it. */
const finishing = async ({ signal, onProgress }: LabContext, work: () => Promise<unknown>): Promise<void> => {
  signal.throwIfAborted()
  const say = () => onProgress({ kind: 'said', line: 'the installation is brought to its end first, then this ends' })
  signal.addEventListener('abort', say, { once: true })
  try {
    await work()
  } finally {
    signal.removeEventListener('abort', say)
  }
}

const POLICY = '/usr/sbin/policy-rc.d'
const POLICY_MARK = '# Written by atoll lab for the time of an installation.'

/** Debian starts a service as it installs it, unless policy-rc.d says 101. Somebody else's policy is left as it is. */
const forbidServices = async (work: () => Promise<void>): Promise<void> => {
  if ((await readPolicy()) === 'theirs') return work()
  await writeFile(POLICY, `#!/bin/sh\n${POLICY_MARK}\nexit 101\n`)
  await chmod(POLICY, 0o755)
  try {
    await work()
  } finally {
    await rm(POLICY, { force: true })
  }
}

const readPolicy = async (): Promise<'none' | 'ours' | 'theirs'> => {
  const text = await readFile(POLICY, 'utf8').catch(() => undefined)
  if (text === undefined) return 'none'
  return text.includes(POLICY_MARK) ? 'ours' : 'theirs'
}

const UNITS: Readonly<Record<string, readonly string[]>> = {
  'docker.io': ['docker.service', 'docker.socket', 'containerd.service'],
  'docker-registry': ['docker-registry.service'],
}

/** Where systemd runs, packages have enabled their services for the next boot. */
const disableServices = async (packages: readonly string[]): Promise<void> => {
  if (!existsSync('/run/systemd/system')) return
  const units = packages.flatMap((name) => UNITS[name] ?? [])
  for (const unit of units) await succeeds(['systemctl', 'disable', '--now', unit])
}
