import type { Finding } from '../change.ts'
import type { Observed } from '../observed.ts'
import { timePath, upgradesPath } from '../texts.ts'
import type { Wanted } from '../wanted.ts'

const manager = 'this server has no service manager (systemd)'

/** What is declared and does not come true here, in words. */
export const find = (wanted: Wanted, observed: Observed): readonly Finding[] => [
  ...(observed.hasServiceManager ? [] : withoutManager(wanted)),
  ...Object.keys(wanted.sysctl)
    .filter((key) => !Object.hasOwn(observed.sysctl, key))
    .map((key) => ({
      subject: `kernel ${key}`,
      message: 'its kernel knows no such setting, or its module is not loaded',
      hint: 'it stands in the file for the next boot; leave it out where it does not belong',
    })),
  ...Object.entries(wanted.mounts).flatMap(([path, mount]) => findMount(path, mount, observed)),
]

const withoutManager = ({ files, firewall, docker }: Wanted): readonly Finding[] => [
  ...(timePath in files
    ? [finding('time', 'nothing sets its clock', 'its host does, or a time service of your own')]
    : []),
  ...(upgradesPath in files
    ? [finding('upgrades', 'nothing starts them at night', 'run "unattended-upgrade" by cron there')]
    : []),
  ...(firewall === undefined || firewall === 'off'
    ? []
    : [finding('firewall', 'nothing loads the rules at boot', 'run "nft -f /etc/atoll/firewall.nft" where it boots')]),
  ...(Object.keys(docker).length === 0
    ? []
    : [finding('settings of Docker', 'it is not told to read them again', 'send it SIGHUP, or restart it')]),
]

const finding = (subject: string, what: string, hint: string): Finding => ({
  subject,
  message: `${manager}: ${what}`,
  hint,
})

const findMount = (path: string, mount: Wanted['mounts'][string], { mounts }: Observed): readonly Finding[] => {
  const mounted = mounts[path]?.mounted
  // Other names of a device (UUID=..., links) are not told by what is mounted.
  if (mount === 'absent' || mounted === undefined || !/^\/dev\/(sd|vd|xvd|nvme)\w+$/.test(mount.device)) return []
  return mounted.startsWith(`${mount.device} `)
    ? []
    : [
        {
          subject: `mount ${path}`,
          message: `something else is mounted there: ${mounted}`,
          hint: 'unmount it by hand when nobody uses it, then apply again',
        },
      ]
}
