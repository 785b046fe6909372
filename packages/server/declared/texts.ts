import { renderTable } from './firewall.ts'

/** What Atoll writes on a server by itself: each a file of its own in a folder that is made for such files. Pure. */

const head = '# Written by "atoll node apply" from server.yaml; what is changed here is put back.\n'

/** What a user that is made logs in to, unless said. */
export const usualLogin = '/bin/bash'

export const sysctlPath = '/etc/sysctl.d/99-atoll.conf'

export const renderSysctl = (values: Readonly<Record<string, string>>): string =>
  head +
  Object.entries(values)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('')

export const timePath = '/etc/systemd/timesyncd.conf.d/atoll.conf'
export const timeUnit = 'systemd-timesyncd.service'

export const renderTime = (servers: readonly string[]): string => `${head}[Time]\nNTP=${servers.join(' ')}\n`

export const sudoersPath = (user: string): string => `/etc/sudoers.d/atoll-${user}`

export const renderSudoers = (user: string): string => `${head}${user} ALL=(ALL:ALL) NOPASSWD:ALL\n`

export const upgradesPath = '/etc/apt/apt.conf.d/99atoll-upgrades'

const securityOrigins = [
  'origin=Debian,codename=${distro_codename}-security,label=Debian-Security',
  'origin=Ubuntu,archive=${distro_codename}-security,label=Ubuntu',
]
const otherOrigins = [
  'origin=Debian,codename=${distro_codename},label=Debian',
  'origin=Debian,codename=${distro_codename}-updates,label=Debian',
  'origin=Ubuntu,archive=${distro_codename},label=Ubuntu',
  'origin=Ubuntu,archive=${distro_codename}-updates,label=Ubuntu',
]

/** An engine that is upgraded stops its containers: on every node in the same night that is an outage. */
const keptBack = ['docker', 'containerd', 'runc']

/** apt.conf(5), and the comments in the 50unattended-upgrades of Debian. */
export const renderUpgrades = (upgrades: 'security' | 'all' | 'off'): string => {
  if (upgrades === 'off') return `${head}APT::Periodic::Unattended-Upgrade "0";\n`
  const origins = upgrades === 'all' ? [...securityOrigins, ...otherOrigins] : securityOrigins
  const list = (name: string, items: readonly string[]): string =>
    `Unattended-Upgrade::${name} {\n${items.map((item) => `  "${item}";\n`).join('')}};\n`
  return [
    head,
    'APT::Periodic::Update-Package-Lists "1";\n',
    'APT::Periodic::Unattended-Upgrade "1";\n',
    'Unattended-Upgrade::Automatic-Reboot "false";\n',
    '#clear Unattended-Upgrade::Allowed-Origins;\n',
    '#clear Unattended-Upgrade::Origins-Pattern;\n',
    list('Origins-Pattern', origins),
    list('Package-Blacklist', keptBack),
  ].join('')
}

export const firewallPath = '/etc/atoll/firewall.nft'
export const firewallUnit = 'atoll-firewall.service'
export const firewallUnitPath = `/etc/systemd/system/${firewallUnit}`

export const renderFirewall = (rules: readonly string[]): string => head + renderTable(rules)

// The service of nftables itself would load /etc/nftables.conf, which begins by flushing Docker's rules.
export const firewallUnitText = `${head}[Unit]
Description=Firewall of Atoll
DefaultDependencies=no
Before=network-pre.target shutdown.target
Wants=network-pre.target
ConditionPathExists=${firewallPath}
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${firewallPath}

[Install]
WantedBy=sysinit.target
`
