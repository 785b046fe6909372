import type { Settings } from './server-file.ts'

/** What is well written and refused all the same, with the place in the settings. */
export interface Refusal {
  readonly key: readonly string[]
  readonly message: string
  readonly hint: string
}

/** Everything in one set of settings that would do harm, or that another key is for. */
export const refuseSettings = (settings: Settings): readonly Refusal[] => [
  ...Object.entries(settings.files ?? {}).flatMap(([path, file]) => [
    ...refusePath(path),
    ...(file === 'absent' ? [] : refuseContent(path, file)),
  ]),
  ...Object.keys(settings.mounts ?? {}).flatMap(refuseMount),
  ...Object.entries(settings.docker ?? {}).flatMap(([key, value]) => refuseDocker(key, value)),
  ...Object.entries(settings.users ?? {}).flatMap(([name, user]) => refuseUser(name, user)),
  ...Object.entries(settings.packages ?? {}).flatMap(([name, state]) => refusePackage(name, state)),
  ...Object.keys(settings.sysctl ?? {}).flatMap(refuseSysctl),
]

interface Ruled {
  readonly path: RegExp
  readonly message: string
  readonly hint: string
}

const kernel = 'these are no files but the kernel, and what runs'

const ruledPaths: readonly Ruled[] = [
  { path: /^\/(proc|sys|dev|run)(\/|$)/, message: kernel, hint: 'use sysctl:, or a file that is read at boot' },
  {
    path: /^\/(home|tmp|var\/tmp)(\/|$)/,
    message: 'others than root may write there, and could lead the file elsewhere',
    hint: 'put it below /etc, /usr/local, /opt or /srv; keys of users stand under users:',
  },
  {
    path: /\/authorized_keys$/,
    message: 'the keys of a user are declared with the user',
    hint: 'use users: NAME: keys:',
  },
  {
    path: /^\/etc\/(passwd|shadow|group|gshadow)-?$/,
    message: 'users are declared one by one',
    hint: 'use users:',
  },
  { path: /^\/etc\/fstab$/, message: 'mounts are declared one by one', hint: 'use mounts: and swap:' },
  {
    path: /^\/etc\/sudoers$/,
    message: 'a slip in it takes the way to root from everybody',
    hint: 'use users: NAME: sudo: true',
  },
  {
    path: /^\/etc\/docker\/daemon\.json$/,
    message: 'the settings of Docker are declared key by key',
    hint: 'use docker:',
  },
  {
    path: /^\/etc\/(ssh|pam\.d)(\/|$)/,
    message: 'a slip in it lets nobody in any more, us included',
    hint: 'change it by hand, with a second session open',
  },
  { path: /^\/etc\/(localtime|timezone)$/, message: 'the zone has a key of its own', hint: 'use time: zone:' },
  {
    path: /^\/etc\/atoll\/firewall\.nft$|\/[\w.-]*atoll[\w.-]*$/,
    message: 'that is a name Atoll writes to',
    hint: 'take another',
  },
]

const refusePath = (path: string): readonly Refusal[] =>
  ruledPaths
    .filter((ruled) => ruled.path.test(path))
    .slice(0, 1)
    .map(({ message, hint }) => ({ key: ['files', path], message, hint }))

const refuseContent = (
  path: string,
  { content, source }: { readonly content?: string | undefined; readonly source?: string | undefined },
): readonly Refusal[] => {
  if ((content === undefined) !== (source === undefined)) return []
  const message =
    content === undefined ? 'neither content nor source says what is in it' : 'content and source are both said'
  return [{ key: ['files', path], message, hint: 'say one of them' }]
}

const ownMounts = /^\/(proc|sys|dev|run|boot|etc|usr|bin|sbin|lib|var)(\/(lib|log|run))?$|^\/(proc|sys|dev|run)\//

const refuseMount = (path: string): readonly Refusal[] =>
  ownMounts.test(path)
    ? [
        {
          key: ['mounts', path],
          message: 'the system itself lives there: mounting over it hides it',
          hint: 'mount it elsewhere, such as /srv/NAME',
        },
      ]
    : []

const otherWay = 'Atoll and the Swarm rely on it as it is'

/** Of dockerd(8); the rest is as Docker has it. */
const refusedDocker: Readonly<Record<string, string>> = {
  hosts: 'it would open the engine to whoever reaches the port, or keep Docker from starting beside its service file',
  'data-root': 'images, volumes and the state of the Swarm would stay behind in the old folder',
  'exec-root': otherWay,
  'live-restore': 'a Swarm refuses it',
  'storage-driver': 'every image and container of the other driver would be gone from sight',
  'userns-remap': 'every image, volume and the Swarm would be gone from sight',
  iptables: 'published ports and networks of containers would no longer work',
  ip6tables: 'published ports and networks of containers would no longer work',
  'ip-forward': 'networks of containers would no longer work',
  bridge: otherWay,
  pidfile: otherWay,
  group: 'who is in that group is root on the server',
  tls: 'it belongs to an engine that is open to a network',
  tlsverify: 'it belongs to an engine that is open to a network',
  'swarm-default-advertise-addr': 'the address of a node is chosen when it joins',
}

const refuseDocker = (key: string, value: unknown): readonly Refusal[] => {
  const message = Object.hasOwn(refusedDocker, key) ? refusedDocker[key] : undefined
  if (message === undefined || (key === 'live-restore' && value === false)) return []
  return [{ key: ['docker', key], message, hint: 'leave it out; change it by hand on a drained node if you must' }]
}

const refuseUser = (name: string, user: NonNullable<Settings['users']>[string]): readonly Refusal[] => {
  if (name !== 'root') return []
  const key = ['users', 'root']
  const hint = 'leave it as it is'
  if (user === 'absent') return [{ key, message: 'a server without root cannot be run', hint }]
  if (user.keys?.length === 0)
    return [{ key, message: 'without any key of root nobody gets in to mend the server', hint: 'name one' }]
  return user.sudo === undefined && user.groups === undefined
    ? []
    : [{ key, message: 'root needs neither sudo nor groups', hint: 'leave them out' }]
}

const neededPackages =
  /^(openssh-server|nftables|sudo|dpkg|apt|libc6|base-files|systemd|docker\.io|docker-ce|containerd(\.io)?)$/

const refusePackage = (name: string, state: 'present' | 'absent'): readonly Refusal[] =>
  state === 'absent' && neededPackages.test(name)
    ? [
        {
          key: ['packages', name],
          message: 'the server would no longer be reached, or no longer run containers',
          hint: 'leave it',
        },
      ]
    : []

const forwarding = /^net\.ipv[46]\.(ip_forward|conf\.(all|default)\.forwarding)$/

const refuseSysctl = (name: string): readonly Refusal[] =>
  forwarding.test(name)
    ? [{ key: ['sysctl', name], message: 'Docker sets it, and networks of containers need it', hint: 'leave it out' }]
    : []
