import { z } from 'zod'
import { ServerError } from './errors.ts'
import type { EngineFacts, ListeningPort, ServerAddress } from './facts.ts'

/** Lines of files as `grep -H '' FILES` prints them, by path. */
export function parseFiles(text: string): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>()
  for (const line of splitLines(text)) {
    const at = line.indexOf(':')
    const path = line.slice(0, at)
    files.set(path, [...(files.get(path) ?? []), line.slice(at + 1)])
  }
  return files
}

/** `debian 12`; the identifiers of os-release(5), whose values may stand in quotes. */
export function parseSystem(lines: readonly string[]): string {
  const values = new Map(lines.map((line) => splitOnce(line, '=')))
  return ['ID', 'VERSION_ID'].flatMap((key) => values.get(key)?.replaceAll(/^["']|["']$/g, '') ?? []).join(' ')
}

/** MemTotal of proc(5), which counts in kibibytes. */
export function parseMemory(lines: readonly string[]): number {
  const total = lines.find((line) => line.startsWith('MemTotal:')) ?? ''
  return Number(/\d+/.exec(total)?.[0] ?? 0) * 1024
}

// proc(5), /proc/net/tcp: local address and port in hexadecimal; 0A listens, and 07 is a UDP socket nobody is connected to.
const socketLine = /^ *\d+: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} (0A|07) /

/** Of /proc/net/tcp, tcp6, udp and udp6. */
export function parseListening(
  protocol: ListeningPort['protocol'],
  lines: readonly string[],
): readonly ListeningPort[] {
  const ports = lines.flatMap((line) => socketLine.exec(line)?.[1] ?? []).map((port) => Number.parseInt(port, 16))
  return [...new Set(ports)].toSorted((a, b) => a - b).map((port) => ({ protocol, port }))
}

const addressReply = z.array(
  z.object({
    ifname: z.string().default(''),
    addr_info: z.array(z.object({ family: z.string(), local: z.string().default('') })).default([]),
  }),
)

/** Of engines: networks of containers, at which no other server reaches this one. */
export const engineDevice = /^(lo|docker\d*|docker_gwbridge|br-|veth|vx-|ov-)/

/** Of `ip -json -4 address`; private ones first. */
export function parseAddresses(text: string): readonly ServerAddress[] {
  const devices = addressReply.parse(JSON.parse(text === '' ? '[]' : text))
  const addresses = devices
    .filter(({ ifname }) => !engineDevice.test(ifname))
    .flatMap(({ ifname, addr_info }) => addr_info.map(({ local }) => ({ device: ifname, address: local })))
    .map((each) => ({ ...each, isPrivate: isPrivate(each.address) }))
  return addresses.toSorted((a, b) => Number(b.isPrivate) - Number(a.isPrivate))
}

/** RFC 1918 and RFC 6598. */
function isPrivate(address: string): boolean {
  const [first = 0, second = 0] = address.split('.').map(Number)
  if (first === 10) return true
  if (first === 172) return second >= 16 && second < 32
  if (first === 192) return second === 168
  return first === 100 && second >= 64 && second < 128
}

/** Of `df -P -B1 PATHS`: of the last path that is there. */
export function parseDisk(text: string): { readonly freeBytes: number; readonly sizeBytes: number } {
  const [, ...rows] = splitLines(text)
  const [, size = '0', , free = '0'] = rows.at(-1)?.trim().split(/ +/) ?? []
  return { freeBytes: Number(free), sizeBytes: Number(size) }
}

const infoReply = z.object({
  ServerVersion: z.string().optional(),
  Swarm: z
    .object({
      NodeID: z.string().default(''),
      NodeAddr: z.string().default(''),
      LocalNodeState: z.string().default('inactive'),
      ControlAvailable: z.boolean().default(false),
      Cluster: z.object({ ID: z.string().default('') }).nullish(),
    })
    .optional(),
})

/** Of `docker info --format '{{json .}}'`; what it prints without an engine has no version. */
export function parseEngine(
  server: string,
  { status, stdout }: { readonly status: number; readonly stdout: string },
): EngineFacts {
  if (status === programAbsent) return { kind: 'absent' }
  const parsed = infoReply.safeParse(parseJson(stdout))
  if (!parsed.success || !parsed.data.ServerVersion) return { kind: 'silent' }
  const { ServerVersion: version, Swarm } = parsed.data
  if (Swarm === undefined) throw notUnderstood(server)
  const { LocalNodeState: state, NodeID: nodeId, ControlAvailable: isManager, NodeAddr: address, Cluster } = Swarm
  const clusterId = Cluster?.ID ?? ''
  const member = {
    kind: 'member',
    state,
    nodeId,
    isManager,
    address,
    ...(clusterId === '' ? {} : { clusterId }),
  } as const
  return { kind: 'answering', version, swarm: state === 'inactive' ? { kind: 'none' } : member }
}

/** What shells and `runProgram` say of a program that is not there. */
const programAbsent = 127

function notUnderstood(server: string): ServerError {
  return new ServerError(`${server}: its engine does not say whether it is in a Swarm`, {
    code: 'command-failed',
    retry: false,
    hint: 'run "docker info" there',
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Without an empty one at the end. */
export const splitLines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

function splitOnce(line: string, mark: string): [string, string] {
  const at = line.indexOf(mark)
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + mark.length)]
}
