import type { FakeNode } from '@atoll/engine/fake'
import type { Ran, Server, SshLogin } from '@atoll/server'
import { ServerError } from '@atoll/server'
import { withoutEnvironment } from '../servers/test-server.ts'

/** A server of the test network, as its programs would tell of it. */
export interface TestHost {
  readonly address: string
  readonly files: Map<string, string>
  isInstalled: boolean
  isRunning: boolean
  /** An ingress answers at its port 80. */
  hasIngress: boolean
  isReached: boolean
  /** It hears no other, and so takes every address. */
  isDeaf: boolean
  /** It gets no answer from any other. */
  isCutOff: boolean
  /** Its keepalived takes no configuration. */
  refuses: boolean
  /** Of the interface that is in the network. */
  device: string
}

export interface TestNetwork {
  readonly hosts: readonly TestHost[]
  /** Addresses that others than the hosts answer at. */
  readonly strangers: Set<string>
  /** For the command line: the server a login leads to. */
  readonly open: (login?: SshLogin) => Server
}

const configurationPath = '/etc/keepalived/keepalived.conf'

/** One network with a host for each node, at `192.0.2.N`; keepalived is played by what its configuration says. */
export const openTestNetwork = (nodes: readonly FakeNode[]): TestNetwork => {
  const hosts = nodes.map((_, at): TestHost => createHost(`192.0.2.${at + 1}`))
  const strangers = new Set<string>()
  const open: TestNetwork['open'] = (login) => {
    const at = nodes.findIndex((node) => login?.destination.endsWith(`@${node.address}`))
    const host = hosts[at]
    if (host === undefined) throw new Error(`no host at ${login?.destination}`)
    const name = login?.destination ?? ''
    if (!host.isReached) throw new ServerError(`${name}: no answer`, { code: 'unreachable', retry: true })
    return {
      name,
      run: async (argv, options) => {
        options?.signal?.throwIfAborted()
        return answer(
          { host, hosts, strangers },
          withoutEnvironment(argv),
          Buffer.from(options?.input ?? '').toString(),
        )
      },
      openSocket: async (path) => path,
      [Symbol.asyncDispose]: async () => {},
    }
  }
  return { hosts, strangers, open }
}

const createHost = (address: string): TestHost => ({
  address,
  files: new Map(),
  isInstalled: false,
  isRunning: false,
  hasIngress: true,
  isReached: true,
  isDeaf: false,
  isCutOff: false,
  refuses: false,
  device: 'eth1',
})

interface World {
  readonly host: TestHost
  readonly hosts: readonly TestHost[]
  readonly strangers: ReadonlySet<string>
}

const say = (stdout: string, status = 0): Ran => ({ status, stdout, stderr: '' })
const good = say('')
const bad = say('', 1)

const addressesOf = ({ files }: TestHost): readonly string[] =>
  (files.get(configurationPath) ?? '').match(/(?<=^ {4})\S+(?=\/(32|128) dev)/gm) ?? []

const priorityOf = ({ files }: TestHost, address: string): number => {
  const [, after = ''] = (files.get(configurationPath) ?? '').split(
    `vrrp_instance atoll_${address.replaceAll('.', '_')} `,
  )
  return Number(/priority (\d+)/.exec(after)?.[1] ?? 0)
}

/** Of those that can have it the one of the highest priority, and whoever hears nobody. */
const isHolder = ({ host, hosts }: World, address: string): boolean => {
  const able = hosts.filter((each) => each.isRunning && each.hasIngress && addressesOf(each).includes(address))
  const [first] = able.toSorted((a, b) => priorityOf(b, address) - priorityOf(a, address))
  return able.includes(host) && (first === host || host.isDeaf)
}

const answer = (world: World, argv: readonly string[], input: string): Ran => {
  const { host, hosts, strangers } = world
  const [program = '', first = ''] = argv
  const line = argv.join(' ')
  const last = argv.at(-1) ?? ''
  if (line.startsWith('ip -json address')) return say(renderAddresses(world))
  if (line.startsWith('ip -json neigh')) {
    return say(
      JSON.stringify(
        strangers.has(argv[5] ?? '')
          ? [{ lladdr: '02:00:00:00:00:99', state: ['REACHABLE'] }]
          : [{ state: ['FAILED'] }],
      ),
    )
  }
  if (program === 'perl' && first === '-') {
    const asked = argv[2]
    const isAnswered =
      asked === undefined ? host.hasIngress : hosts.some((each) => isHolder({ ...world, host: each }, asked))
    return isAnswered && !(host.isCutOff && asked !== undefined) ? good : bad
  }
  if (line.includes('--config-test')) return host.refuses ? bad : good
  if (line === 'test -x /usr/sbin/keepalived') return host.isInstalled ? good : bad
  if (line.startsWith('apt-get') && last === 'keepalived') host.isInstalled = true
  if (line.startsWith('start-stop-daemon --status')) return host.isRunning ? good : say('', 3)
  if (/^systemctl (restart|reload)/.test(line)) host.isRunning = true
  if (line.startsWith('systemctl disable')) host.isRunning = false
  switch (program) {
    case 'cat':
      // Without the end of the last line, as a server's answer comes.
      return host.files.has(last) ? say((host.files.get(last) ?? '').replace(/\n$/, '')) : bad
    case 'dd':
      host.files.set(first.slice('of='.length), input)
      return good
    case 'mv':
      host.files.set(last, host.files.get(argv.at(-2) ?? '') ?? '')
      host.files.delete(argv.at(-2) ?? '')
      return good
    case 'rm':
      for (const path of argv.slice(1)) host.files.delete(path)
      return good
    case 'grep':
      return say(
        addressesOf(host)
          .map((address) => `/run/atoll-vip/${address}:100\n`)
          .join(''),
      )
    default:
      return good
  }
}

const renderAddresses = (world: World): string => {
  const { host } = world
  const held = addressesOf(host).filter((address) => isHolder(world, address))
  const addr_info = [host.address, ...held].map((local) => ({ local, scope: 'global' }))
  return JSON.stringify([
    { ifname: 'lo', addr_info: [{ local: '127.0.0.1' }] },
    { ifname: host.device, addr_info },
  ])
}
