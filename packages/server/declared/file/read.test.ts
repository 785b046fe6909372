import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readServerFile } from './read.ts'
import { serverFile } from './server-file.ts'
import { settings } from './settings.ts'

/** `line:column key: message`, each. */
const problemsOf = (text: string): readonly string[] => {
  const read = readServerFile('server.yaml', text)
  if (read.kind === 'read') return []
  return read.problems.map(({ path, line, column, key, message }) => {
    expect(path).toBe('server.yaml')
    return `${line}:${column} ${key}: ${message}`
  })
}

test('what people write is read, with what is left out filled in', () => {
  const text = `
ssh: {identity: ~/.ssh/id_ed25519}
all:
  users:
    ann: {keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ann@laptop], sudo: true}
    bob: absent
  files:
    /etc/motd: {content: hello}
roles:
  role=db: {mounts: {/srv/data: {device: UUID=1, type: ext4}}}
nodes:
  node-1:
  node-2: {ssh: root@203.0.113.7, labels: {role: db}}
`
  const read = readServerFile('server.yaml', text)
  expect(read).toMatchObject({
    kind: 'read',
    file: {
      all: { files: { '/etc/motd': { content: 'hello', owner: 'root', group: 'root', mode: '0644' } } },
      roles: { 'role=db': { mounts: { '/srv/data': { options: ['defaults', 'nofail'] } } } },
      nodes: { 'node-1': null },
    },
  })
  expect(readServerFile('server.yaml', '')).toEqual({ kind: 'read', file: {} })
})

test.each([
  ['all:\n  paquets: {}', '2:3 all.paquets: there is no such key here'],
  ['all:\n  users:\n    Ann: {}', '3:5 all.users.Ann: a user has lower case letters, digits, - and _; 32 at most'],
  [
    'all:\n  users:\n    ann:\n      keys: [hello]',
    '4:14 all.users.ann.keys[0]: it is no public key of OpenSSH: "ssh-ed25519 AAAA... name", one line',
  ],
  ['all:\n  users:\n    ann: {shel: /bin/sh}', '3:11 all.users.ann.shel: there is no such key here'],
  [
    'all:\n  files:\n    /etc/a: {content: x, mode: 0644}',
    '3:26 all.files./etc/a.mode: it takes text (in quotes where it looks like a number)',
  ],
  [
    'all:\n  files:\n    etc/a: {content: x}',
    '3:5 all.files.etc/a: write it from the root, without "..", "//", spaces or a / at its end',
  ],
  [
    'all:\n  files:\n    /etc/../a: {content: x}',
    '3:5 all.files./etc/../a: write it from the root, without "..", "//", spaces or a / at its end',
  ],
  ['all:\n  files:\n    /etc/a: {mode: "0600"}', '3:5 all.files./etc/a: neither content nor source says what is in it'],
  [
    'all:\n  files:\n    /home/ann/x: {content: x}',
    '3:5 all.files./home/ann/x: others than root may write there, and could lead the file elsewhere',
  ],
  [
    'all:\n  files:\n    /etc/ssh/sshd_config: {content: x}',
    '3:5 all.files./etc/ssh/sshd_config: a slip in it lets nobody in any more, us included',
  ],
  [
    'all:\n  files: {/etc/sudoers: {content: x}}',
    '2:11 all.files./etc/sudoers: a slip in it takes the way to root from everybody',
  ],
  [
    'all:\n  firewall: {allow: [http]}',
    '2:22 all.firewall.allow[0]: write it as 443/tcp, 8000-8100/udp or 5432/tcp from 10.0.0.0/8',
  ],
  [
    'all:\n  firewall: {allow: [70000/tcp]}',
    '2:22 all.firewall.allow[0]: write it as 443/tcp, 8000-8100/udp or 5432/tcp from 10.0.0.0/8',
  ],
  [
    'all:\n  time: {zone: Europe/Nowhere}',
    '2:10 all.time.zone: there is no such zone; write it as Europe/Berlin or UTC',
  ],
  ['all:\n  swap: {size: 3}', '2:10 all.swap.size: it takes text (in quotes where it looks like a number)'],
  ['all:\n  swap: big', '2:3 all.swap: it takes "off" or keys with values'],
  ['all:\n  users: {ann: yes}', '2:11 all.users.ann: it takes "absent" or keys with values'],
  ['all:\n  swap: {size: 1T}', '2:10 all.swap.size: write it as 512M or 2G, 64M to 256G'],
  [
    'all:\n  docker: {hosts: [tcp://0.0.0.0]}',
    '2:12 all.docker.hosts: it would open the engine to whoever reaches the port, or keep Docker from starting beside its service file',
  ],
  ['all:\n  docker: {live-restore: true}', '2:12 all.docker.live-restore: a Swarm refuses it'],
  ['all:\n  users: {root: absent}', '2:11 all.users.root: a server without root cannot be run'],
  [
    'all:\n  users: {root: {keys: []}}',
    '2:11 all.users.root: without any key of root nobody gets in to mend the server',
  ],
  [
    'all:\n  packages: {openssh-server: absent}',
    '2:14 all.packages.openssh-server: the server would no longer be reached, or no longer run containers',
  ],
  [
    'all:\n  sysctl: {net.ipv4.ip_forward: 0}',
    '2:12 all.sysctl.net.ipv4.ip_forward: Docker sets it, and networks of containers need it',
  ],
  [
    'all:\n  mounts: {/var/lib: {device: tmpfs, type: tmpfs}}',
    '2:12 all.mounts./var/lib: the system itself lives there: mounting over it hides it',
  ],
  ['roles:\n  db: {}', '2:3 roles.db: a role is a label of nodes: "role=db"'],
  [
    'nodes:\n  node-1: {ssh: "-oProxyCommand=x"}',
    '2:12 nodes.node-1.ssh: write it as root@203.0.113.7, or as a Host of your ssh configuration',
  ],
  ['nodes:\n  node-1: {address: nowhere}', '2:12 nodes.node-1.address: it is no IP address'],
  ['all: [', '1:7 : not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ['all: 5', '1:1 all: it takes keys with values'],
  ['5', '1:1 : it takes keys with values'],
  ['all: {}\nall: {}', '2:1 : not YAML: Map keys must be unique'],
])('%j is refused with its place', (text, wanted) => {
  expect(problemsOf(text)).toEqual([wanted])
})

test('the example in the documents is right, and every setting is explained there', () => {
  const document = readFileSync(new URL('../../../../docs/server-yaml.md', import.meta.url), 'utf8')
  const example = /```yaml\n(.*?)```/s.exec(document)?.[1] ?? ''
  expect(problemsOf(example)).toEqual([])
  expect(example.length).toBeGreaterThan(500)
  const names = Object.keys(settings.shape)
  expect(names.filter((name) => !new RegExp(`^\\| \`${name}[.\`]`, 'm').test(document))).toEqual([])
})

test('an alias bomb is refused, and no memory is spent on it', () => {
  const levels = Array.from(
    { length: 12 },
    (_, at) => `l${at + 1}: &l${at + 1} [${Array.from({ length: 9 }, () => `*l${at}`).join(', ')}]`,
  )
  expect(problemsOf(`l0: &l0 x\n${levels.join('\n')}`)).toHaveLength(1)
})

test('everything that is wrong comes at once', () => {
  expect(problemsOf('all:\n  users: {Ann: {}}\n  swap: {size: 1T}\n  more: 1')).toHaveLength(3)
})

test('the schema for editors is made from the settings: write it with vitest -u', async () => {
  const schema = `${JSON.stringify(z.toJSONSchema(serverFile, { io: 'input' }), undefined, 2)}\n`
  await expect(schema).toMatchFileSnapshot('../../../../docs/server.schema.json')
})
