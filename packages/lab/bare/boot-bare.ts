// A program of its own: the first process of a bare host, started in fresh namespaces with the host's network around it.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { becomeProgram } from '../become-program.ts'
import { attempt, call, leadToRegistry } from '../boot-steps.ts'
import type { BootPlan } from '../host.ts'
import { installHost } from './install-host.ts'

const SERVICE_TIMEOUT_MS = 30_000

const boot = (plan: BootPlan): never => {
  leadToRegistry(plan)
  writeFileSync('/proc/sys/kernel/hostname', plan.hostname)
  const root = mountRoot(plan)
  mountKernel(root)
  mountDevices(`${root}/dev`)
  call(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'run', `${root}/run`])
  installHost(root, plan)
  leaveMachine(root)
  startServices()
  // It reaps orphans, and ends with sshd; when it is killed, the kernel kills everything in the host with it.
  return becomeProgram(['tini', '--', '/usr/sbin/sshd', '-D', '-e'])
}

/** The root is a copy of the cached Debian that takes room, on the host's own disk, only for what differs from it. */
const mountRoot = ({ folder, diskImage, debianRoot = '' }: BootPlan): string => {
  const disk = `${folder}/disk`
  for (const name of ['debian', 'disk', 'root']) mkdirSync(`${folder}/${name}`, { recursive: true })
  call(['mount', '--bind', debianRoot, `${folder}/debian`])
  call(['mount', '-o', 'loop', diskImage, disk])
  for (const name of ['written', 'work']) mkdirSync(`${disk}/${name}`, { recursive: true })
  // Relative to the host's folder, because a colon or a comma in a path would end it here.
  const layers = 'lowerdir=debian,upperdir=disk/written,workdir=disk/work'
  call(['mount', '-t', 'overlay', '-o', layers, 'root', 'root'], { folder })
  for (const path of ['/var/lib/docker', '/var/lib/containerd']) keepOnDisk(path, { disk, root: `${folder}/root` })
  return `${folder}/root`
}

/** Engines lay overlays of their own there, which no overlay carries. */
const keepOnDisk = (path: string, { disk, root }: { readonly disk: string; readonly root: string }): void => {
  for (const end of [`${disk}/plain${path}`, `${root}${path}`]) mkdirSync(end, { recursive: true })
  call(['mount', '--bind', `${disk}/plain${path}`, `${root}${path}`])
}

const mountKernel = (root: string): void => {
  call(['mount', '-t', 'proc', 'proc', `${root}/proc`])
  call(['mount', '-t', 'sysfs', 'sysfs', `${root}/sys`])
  const folder = `${root}/sys/fs/cgroup`
  call(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'cgroup', folder])
  for (const controllers of listControllers()) {
    const name = controllers.replace('name=', '')
    mkdirSync(`${folder}/${name}`)
    // In a namespace of its own a host sees its own group as the root, and an engine makes its groups below that.
    call(['mount', '-t', 'cgroup', '-o', controllers.replace('name=', 'none,name='), 'cgroup', `${folder}/${name}`])
  }
}

/** Of each tree of cgroup v1, as a mount is told them (cgroups(7)): `cpu,cpuacct`, or `name=systemd`. */
const listControllers = (): string[] =>
  readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map((line) => line.split(':')[1] ?? '')
    .filter((controllers) => controllers !== '')

// Kind, major and minor number; Linux's Documentation/admin-guide/devices.txt
const DEVICES: Readonly<Record<string, readonly [number, number]>> = {
  null: [1, 3],
  zero: [1, 5],
  full: [1, 7],
  random: [1, 8],
  urandom: [1, 9],
  tty: [5, 0],
  fuse: [10, 229],
  'net/tun': [10, 200],
}

const DEVICE_LINKS: Readonly<Record<string, string>> = {
  ptmx: 'pts/ptmx',
  fd: '/proc/self/fd',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
}

/** Nodes of its own: with the machine's /dev bound in, whoever removes a root would remove the machine's too. */
const mountDevices = (folder: string): void => {
  call(['mount', '-t', 'tmpfs', '-o', 'mode=755,nosuid', 'dev', folder])
  for (const name of ['net', 'pts', 'shm', 'mqueue']) mkdirSync(`${folder}/${name}`)
  for (const [name, numbers] of Object.entries(DEVICES)) {
    call(['mknod', '--mode=666', `${folder}/${name}`, 'c', ...numbers.map(String)])
  }
  for (const [name, target] of Object.entries(DEVICE_LINKS)) symlinkSync(target, `${folder}/${name}`)
  call(['mount', '-t', 'devpts', '-o', 'newinstance,ptmxmode=666,mode=620,gid=5', 'devpts', `${folder}/pts`])
  call(['mount', '-t', 'tmpfs', '-o', 'mode=1777,nosuid,nodev', 'shm', `${folder}/shm`])
  call(['mount', '-t', 'mqueue', 'mqueue', `${folder}/mqueue`])
}

/** From here on nothing of the machine's files is to be seen. Their mounts were private, so the machine keeps its own. */
const leaveMachine = (root: string): void => {
  call(['pivot_root', root, `${root}/mnt`], { folder: root })
  process.chdir('/')
  call(['umount', '--recursive', '--lazy', '/mnt'])
}

/** What packages have asked to be started at boot, then what the host's owner has; sshd is last, and stays in front. */
const startServices = (): void => {
  const folder = '/etc/rc2.d'
  const names = readdirSync(folder).filter((name) => name.startsWith('S') && !name.endsWith('ssh'))
  for (const name of names.toSorted()) attempt([`${folder}/${name}`, 'start'], { timeoutMs: SERVICE_TIMEOUT_MS })
  // Debian's place for it; absent, the attempt fails, which is as well.
  attempt(['/etc/rc.local', 'start'], { timeoutMs: SERVICE_TIMEOUT_MS })
}

boot(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as BootPlan)
