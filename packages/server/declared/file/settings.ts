import { z } from 'zod'
import { parseAllow } from './parse-allow.ts'
import { parseSize } from './parse-size.ts'

/** What may be declared of a server. All of it may be absent; what is not declared is never touched. */

const absent = z.literal('absent')
const matching = (shape: RegExp, message: string) => z.string().regex(shape, message)

const userName = matching(/^[a-z_][a-z0-9_-]{0,31}$/, 'a user has lower case letters, digits, - and _; 32 at most')
const groupName = matching(/^[a-z_][a-z0-9_-]{0,31}$/, 'a group has lower case letters, digits, - and _; 32 at most')
const path = matching(
  /^(?!.*\/\.\.?(\/|$))(\/[^/\s\\]+)+$/,
  'write it from the root, without "..", "//", spaces or a / at its end',
)
const publicKey = matching(
  /^([^#\s][^\n]* )?(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) AAAA[\w+/]+=*( [^\n]*)?$/,
  'it is no public key of OpenSSH: "ssh-ed25519 AAAA... name", one line',
)

const user = z.strictObject({
  keys: z.array(publicKey).max(100).optional().meta({ description: 'All public keys that let in as this user.' }),
  groups: z.array(groupName).max(50).optional().meta({ description: 'All groups besides its own.' }),
  login: path.optional().meta({ description: 'The program it logs in to; bash when it is made and this is not said.' }),
  sudo: z.boolean().optional().meta({ description: 'Whether it may do everything as root, without a password.' }),
})

const file = z.strictObject({
  content: z.string().optional().meta({ description: 'What stands in it.' }),
  source: z.string().min(1).optional().meta({ description: 'A file beside server.yaml instead of the content.' }),
  owner: userName.default('root'),
  group: groupName.default('root'),
  mode: matching(/^0?[0-7]{3,4}$/, 'a mode is octal digits in quotes: "0644"')
    .default('0644')
    .meta({ description: 'Octal, in quotes.' }),
})

const word = matching(/^[^\s,#\\]+$/, 'it is one word, without commas')
const mount = z.strictObject({
  device: matching(/^[^\s#\\]+$/, 'it is one word: UUID=..., /dev/..., host:/path').meta({
    description: 'As fstab(5) has it: UUID=..., /dev/..., host:/path.',
  }),
  type: word.meta({ description: 'Kind of file system: ext4, xfs, nfs, tmpfs; none for a bind.' }),
  options: z.array(word).min(1).default(['defaults', 'nofail']),
})

const host = matching(/^[A-Za-z0-9][A-Za-z0-9.:-]*$/, 'it is a name or an address')

export const settings = z.strictObject({
  users: z.record(userName, z.union([absent, user])).optional(),
  packages: z
    .record(matching(/^[a-z0-9][a-z0-9+.-]+$/, 'it is no name of a package'), z.enum(['present', 'absent']))
    .optional(),
  firewall: z
    .union([
      z.literal('off'),
      z.strictObject({
        allow: z
          .array(
            z
              .string()
              .refine(
                (text) => parseAllow(text) !== undefined,
                'write it as 443/tcp, 8000-8100/udp or 5432/tcp from 10.0.0.0/8',
              ),
          )
          .max(500),
      }),
    ])
    .optional()
    .meta({
      description: 'What comes in from outside; all else is dropped. ssh and the cluster itself always come in.',
    }),
  sysctl: z
    .record(
      matching(/^[a-z][\w-]*(\.[\w:*-]+)+$/, 'write it with dots: net.core.somaxconn'),
      z.union([z.number().int(), matching(/^[^\n]+$/, 'it is one line')]),
    )
    .optional(),
  swap: z
    .union([
      z.literal('off'),
      z.strictObject({
        size: z.string().refine((text) => parseSize(text) !== undefined, 'write it as 512M or 2G, 64M to 256G'),
      }),
    ])
    .optional(),
  time: z
    .strictObject({
      zone: z.string().refine(isZone, 'there is no such zone; write it as Europe/Berlin or UTC').optional(),
      ntp: z.array(host).min(1).max(10).optional(),
    })
    .optional(),
  upgrades: z.enum(['security', 'all', 'off']).optional().meta({
    description: 'Which packages are upgraded at night by themselves; never Docker, and nothing is rebooted.',
  }),
  mounts: z.record(path, z.union([absent, mount])).optional(),
  files: z.record(path, z.union([absent, file])).optional(),
  docker: z.record(z.string().min(1), z.json()).optional().meta({
    description: 'Keys of /etc/docker/daemon.json; those not named stay as they are.',
  }),
})

function isZone(zone: string): boolean {
  try {
    return (
      Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '' && /^[A-Z][\w+/-]*$/.test(zone)
    )
  } catch {
    return false
  }
}
