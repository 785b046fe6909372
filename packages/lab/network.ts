import { existsSync } from 'node:fs'
import { readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Lab, LabNode } from './lab.ts'
import { namespacePath, ruleComment } from './names.ts'
import { run, succeeds } from './run.ts'

const FORWARDING = '/proc/sys/net/ipv4/ip_forward'

/** Bridge, forwarding and firewall rules of a lab; does only what is missing. */
export const applyNetwork = async (lab: Lab, signal: AbortSignal): Promise<void> => {
  if (!hasLink(lab.bridge)) await run(['ip', 'link', 'add', lab.bridge, 'type', 'bridge'], { signal })
  // Without an address of its own a bridge takes that of its lowest port, and changes it as hosts come and go.
  await run(['ip', 'link', 'set', lab.bridge, 'address', bridgeMac(lab), 'up'], { signal })
  await run(['ip', 'address', 'replace', `${lab.gateway}/24`, 'dev', lab.bridge], { signal })
  if ((await readFile(FORWARDING, 'utf8')).trim() !== '1') await writeFile(FORWARDING, '1')
  for (const rule of machineRules(lab)) await applyRule(rule, signal)
}

const bridgeMac = (lab: Lab): string => (lab.nodes[0]?.mac ?? '').replace(/..$/, '01')

interface Rule {
  readonly table: 'filter' | 'nat'
  readonly chain: string
  readonly match: readonly string[]
}

/** The way out of the lab; accepting rules because a machine with a firewall or a Docker of its own drops forwarding. */
const machineRules = (lab: Lab): Rule[] => {
  const comment = ['-m', 'comment', '--comment', ruleComment(lab.tag)]
  return [
    { table: 'filter', chain: 'INPUT', match: ['-i', lab.bridge, ...comment, '-j', 'ACCEPT'] },
    { table: 'filter', chain: 'FORWARD', match: ['-i', lab.bridge, ...comment, '-j', 'ACCEPT'] },
    { table: 'filter', chain: 'FORWARD', match: ['-o', lab.bridge, ...comment, '-j', 'ACCEPT'] },
    {
      table: 'nat',
      chain: 'POSTROUTING',
      match: ['-s', lab.subnet, '!', '-d', lab.subnet, ...comment, '-j', 'MASQUERADE'],
    },
  ]
}

const applyRule = async ({ table, chain, match }: Rule, signal: AbortSignal): Promise<void> => {
  const iptables = ['iptables', '--wait', '20', '-t', table]
  if (await succeeds([...iptables, '-C', chain, ...match], { signal })) return
  await run([...iptables, '-I', chain, ...match], { signal })
}

/** Network namespace of a host and its link to the bridge; does only what is missing. */
export const applyHostNetwork = async (lab: Lab, node: LabNode, signal: AbortSignal): Promise<void> => {
  if (!(await hasNamespace(node.namespace))) await addNamespace(node.namespace, signal)
  if (!hasLink(node.link)) await addLink(node, signal)
  await run(['ip', 'link', 'set', node.link, 'master', lab.bridge, 'up'], { signal })
  const inside = ['ip', '-n', node.namespace]
  await run([...inside, 'address', 'replace', `${node.address}/24`, 'dev', 'eth0'], { signal })
  await run([...inside, 'link', 'set', 'lo', 'up'], { signal })
  await run([...inside, 'link', 'set', 'eth0', 'up'], { signal })
  // Between hosts 1500 bytes pass, as Docker's overlay expects; the way out may be narrower.
  const out = ['default', 'via', lab.gateway, 'mtu', String(await readMachineMtu())]
  await run([...inside, 'route', 'replace', ...out], { signal })
}

// linux/magic.h
const NSFS_MAGIC = 0x6e736673

/** A file of that name is not enough: `ip netns add` makes the file first, and may have been killed before the rest. */
const hasNamespace = async (name: string): Promise<boolean> =>
  statfs(namespacePath(name)).then(
    ({ type }) => type === NSFS_MAGIC,
    () => false,
  )

const addNamespace = async (name: string, signal: AbortSignal): Promise<void> => {
  await rm(namespacePath(name), { force: true })
  await run(['ip', 'netns', 'add', name], { signal })
}

const addLink = (node: LabNode, signal: AbortSignal): Promise<string> => {
  const peer = ['peer', 'name', 'eth0', 'address', node.mac, 'netns', node.namespace]
  return run(['ip', 'link', 'add', node.link, 'type', 'veth', ...peer], { signal })
}

/** Takes a host's namespace away, and with it the link, addresses, rules and whatever the engine had made there. */
export const removeHostNetwork = async (node: LabNode): Promise<void> => {
  if (existsSync(namespacePath(node.namespace))) await run(['ip', 'netns', 'delete', node.namespace])
  // The pair would go with the namespace, but only some time after it.
  if (hasLink(node.link)) await succeeds(['ip', 'link', 'delete', node.link])
}

/** Sets the machine's end of a host's link, which the host sees as its cable. */
export const setLink = async (node: LabNode, state: 'up' | 'down', signal?: AbortSignal): Promise<void> => {
  await run(['ip', 'link', 'set', node.link, state], signal === undefined ? {} : { signal })
}

// if.h
const IFF_UP = 1

export const isLinkUp = async (node: LabNode): Promise<boolean> =>
  (Number(await readLink(node.link, 'flags')) & IFF_UP) !== 0

const hasLink = (name: string): boolean => existsSync(`/sys/class/net/${name}`)

/** A number the kernel shows of a link of the machine itself; empty when there is no such link. */
const readLink = async (name: string, file: 'flags' | 'mtu'): Promise<string> =>
  (await readFile(`/sys/class/net/${name}/${file}`, 'utf8').catch(() => '')).trim()

const routesSchema = z.array(z.object({ dst: z.string(), dev: z.string().optional() }))

/** IPv4 routes of the machine's main table. */
export const listRoutes = async (): Promise<z.infer<typeof routesSchema>> =>
  routesSchema.parse(JSON.parse(await run(['ip', '-json', '-4', 'route', 'show'])))

const readMachineMtu = async (): Promise<number> => {
  const device = (await listRoutes()).find((route) => route.dst === 'default')?.dev
  return Number(await readLink(device ?? '', 'mtu')) || 1500
}
