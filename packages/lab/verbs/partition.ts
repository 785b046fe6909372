import type { LabNode } from '../lab.ts'
import { namespacePath, RULE_PREFIX } from '../names.ts'
import { run } from '../run.ts'

const COMMENT = `${RULE_PREFIX}partition`

/** No packet passes between two hosts any more, in either direction; both still reach everybody else. */
export const partitionNodes = async (one: LabNode, other: LabNode, signal: AbortSignal): Promise<void> => {
  await dropFrom(one, other, signal)
  await dropFrom(other, one, signal)
}

const dropFrom = async (node: LabNode, peer: LabNode, signal: AbortSignal): Promise<void> => {
  const end = ['-m', 'comment', '--comment', COMMENT, '-j', 'DROP']
  await run([...iptables(node), '-I', 'INPUT', '-s', peer.address, ...end], { signal })
  await run([...iptables(node), '-I', 'OUTPUT', '-d', peer.address, ...end], { signal })
}

/** Removes the rules of all partitions a node is part of; its peers keep theirs until they are healed too. */
export const removePartitions = async (node: LabNode, signal: AbortSignal, peer?: LabNode): Promise<void> => {
  const rules = (await run([...iptables(node), '-S'], { signal })).replaceAll('"', '').split('\n')
  for (const rule of rules.map((line) => line.split(' '))) {
    const isWanted = rule.includes(COMMENT) && (peer === undefined || rule.includes(`${peer.address}/32`))
    if (isWanted) await run([...iptables(node), '-D', ...rule.slice(1)], { signal })
  }
}

const iptables = (node: LabNode): string[] => [
  'nsenter',
  `--net=${namespacePath(node.namespace)}`,
  'iptables',
  '--wait',
  '20',
]
