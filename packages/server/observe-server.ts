import { ServerError } from './errors.ts'
import type { ClockFacts, KernelFacts, ListeningPort, ServerFacts } from './facts.ts'
import {
  parseAddresses,
  parseDisk,
  parseEngine,
  parseFiles,
  parseListening,
  parseMemory,
  parseSystem,
  splitLines,
} from './parse-facts.ts'
import type { Ran, Server } from './server.ts'

const tables = ['tcp', 'tcp6', 'udp', 'udp6'] as const

const files = [
  '/etc/os-release',
  '/proc/sys/kernel/osrelease',
  '/proc/sys/kernel/hostname',
  '/proc/1/comm',
  '/proc/cgroups',
  '/proc/filesystems',
  '/proc/meminfo',
  ...tables.map((table) => `/proc/net/${table}`),
] as const

/** A device of this name is made and removed to see whether the kernel can: modules are loaded when they are needed. */
const trialDevice = 'atoll-trial0'
const vxlanTrial = [
  'ip',
  'link',
  'add',
  trialDevice,
  'type',
  'vxlan',
  'id',
  '16777215',
  'dstport',
  '4788',
  'local',
  '127.0.0.1',
]

/** Where apt gets packages from; that it is found shows that names are resolved. */
const knownName = 'deb.debian.org'

/** Everything that is asked of a server before it is changed; nothing stays changed. A second, on a near one. */
export async function observeServer(
  server: Server,
  { now }: { readonly now: () => number },
  signal: AbortSignal,
): Promise<ServerFacts> {
  const ask = (...argv: readonly string[]): Promise<Ran> => server.run(argv, { signal })
  // One after the other: it needs the moments before and after, with nothing else on the line.
  const clock = await readClock(server, now, signal)
  const [read, disk, addresses, names, audit, apt, info, kernel] = await Promise.all([
    ask('grep', '-s', '-H', '', ...files),
    ask('df', '-P', '-B1', '/var/lib', '/var/lib/docker'),
    ask('ip', '-json', '-4', 'address', 'show', 'up'),
    ask('getent', 'ahostsv4', knownName),
    ask('dpkg', '--audit'),
    ask('apt-get', '--version'),
    ask('docker', 'info', '--format', '{{json .}}'),
    tryKernel(ask),
  ])
  const lines = parseFiles(read.stdout)
  const linesOf = (path: (typeof files)[number]): readonly string[] => lines.get(path) ?? []
  return {
    hostname: linesOf('/proc/sys/kernel/hostname')[0] ?? '',
    system: parseSystem(linesOf('/etc/os-release')),
    hasApt: apt.status === 0,
    kernel: {
      release: linesOf('/proc/sys/kernel/osrelease')[0] ?? '',
      hasOverlay: kernel.hasOverlay || linesOf('/proc/filesystems').some((line) => line.endsWith('\toverlay')),
      hasVxlan: kernel.hasVxlan,
      hasCgroups: linesOf('/proc/cgroups').some((line) => /^memory\t.*\t1$/.test(line)),
    },
    memoryBytes: parseMemory(linesOf('/proc/meminfo')),
    disk: parseDisk(disk.stdout),
    clock,
    listening: tables.flatMap((table) => parseListening(protocolOf(table), linesOf(`/proc/net/${table}`))),
    addresses: parseAddresses(addresses.stdout),
    resolvesNames: names.status === 0,
    brokenPackages: listBroken(audit.stdout),
    engine: parseEngine(server.name, info),
    hasServiceManager: linesOf('/proc/1/comm')[0] === 'systemd',
  }
}

const protocolOf = (table: (typeof tables)[number]): ListeningPort['protocol'] =>
  table.startsWith('tcp') ? 'tcp' : 'udp'

async function readClock(server: Server, now: () => number, signal: AbortSignal): Promise<ClockFacts> {
  const beforeMs = now()
  const { stdout, status } = await server.run(['date', '+%s%3N'], { signal })
  const uncertainMs = Math.ceil((now() - beforeMs) / 2)
  if (status !== 0 || !/^\d+$/.test(stdout.trim())) {
    const hint = 'is it a Linux with the usual programs of the GNU?'
    throw new ServerError(`${server.name}: "date" does not say the time`, {
      code: 'command-failed',
      retry: false,
      hint,
    })
  }
  return { aheadMs: Number(stdout.trim()) - beforeMs - uncertainMs, uncertainMs }
}

/** What modules give is tried: which are there tells nothing of a kernel that has them built in. */
async function tryKernel(
  ask: (...argv: readonly string[]) => Promise<Ran>,
): Promise<Pick<KernelFacts, 'hasOverlay' | 'hasVxlan'>> {
  const overlay = await ask('modprobe', '--quiet', 'overlay')
  const vxlan = await ask(...vxlanTrial)
  await ask('ip', 'link', 'delete', trialDevice)
  // One that somebody was kept from removing says as much.
  return { hasOverlay: overlay.status === 0, hasVxlan: vxlan.status === 0 || vxlan.stderr.includes('File exists') }
}

/** dpkg(1) indents each name and puts a sentence about it behind. */
const listBroken = (audit: string): readonly string[] =>
  splitLines(audit).flatMap((line) => /^ ([a-z0-9][a-z0-9+.-]*)/.exec(line)?.[1] ?? [])
