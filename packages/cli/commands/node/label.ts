import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags, nodeParameter } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { renderLabels } from '../../terminal/nodes.ts'

export const command = defineCommand<EngineFlags, [node: string, ...changes: string[]]>({
  description: `Services choose their nodes by labels: "node.labels.zone==ams3" in a placement constraint. The label "zone" is where
a node stands. A service that runs where a changed label no longer lets it run is moved by the engine at once, stop first.`,
  usage: 'NODE KEY=VALUE... KEY-...',
  examples: [
    ['atoll node label node-2 zone=ams3', 'sets one, or changes it'],
    ['atoll node label node-2 disk=ssd old-', 'sets one, and removes "old"'],
  ],
  parameters: {
    flags: engineFlags,
    positional: {
      kind: 'array',
      minimum: 2,
      parameter: { ...nodeParameter, brief: 'Node, then what changes', placeholder: 'node|key=value|key-' },
    },
  },
  run: async (cli, flags, node, ...changes) => {
    const request = { node, ...parseChanges(changes) }
    await using connection = await openCluster(cli, flags)
    const outcome = await connection.cluster.labelNode(request, cli.signal)
    const text = `${outcome.node}: ${renderLabels(outcome.labels)}`
    cli.stdout.write(`${flags.json ? JSON.stringify(outcome) : text}\n`)
    return exitStatus.good
  },
})

interface Changes {
  readonly labels: Readonly<Record<string, string>>
  readonly removed: readonly string[]
}

const keyShape = /^[A-Za-z0-9][\w./-]{0,199}$/

const parseChanges = (changes: readonly string[]): Changes => {
  const labels: Record<string, string> = {}
  const removed: string[] = []
  for (const change of changes) {
    const at = change.indexOf('=')
    const key = at < 0 ? change.slice(0, -1) : change.slice(0, at)
    if (!keyShape.test(key) || (at < 0 && !change.endsWith('-'))) throw notUnderstood(change)
    if (Object.hasOwn(labels, key) || removed.includes(key)) {
      throw new UsageError(`"${change}": ${key} is named twice`, 'name each label once')
    }
    if (at < 0) removed.push(key)
    else labels[key] = change.slice(at + 1)
  }
  return { labels, removed }
}

const notUnderstood = (change: string): UsageError =>
  new UsageError(
    `"${change}" is no change of a label`,
    'KEY=VALUE sets one, KEY- removes one; keys are letters, digits and . _ / -',
  )
