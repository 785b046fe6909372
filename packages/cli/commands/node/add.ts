import { resolve } from 'node:path'
import { defineCommand } from '../../command.ts'
import type { Cli } from '../../cli.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { reportFailure } from '../../failure.ts'
import { engineFlags } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { addNode } from '../../servers/add-node.ts'
import type { AddRequest } from '../../servers/add-node.ts'
import { followSteps } from '../../servers/follow-steps.ts'
import { readNodesFile } from '../../servers/read-nodes-file.ts'
import type { NodeEntry, NodePart } from '../../servers/read-nodes-file.ts'
import { nodeFlags, parseAddress, sshFlags, toLogin } from '../../servers/ssh-flags.ts'
import type { SshFlags } from '../../servers/ssh-flags.ts'
import { renderAdded } from '../../terminal/added-node.ts'

type Flags = EngineFlags &
  SshFlags & {
    readonly file?: string
    readonly zone?: string
    readonly manager: boolean
    readonly worker: boolean
    readonly witness: boolean
    readonly name?: string
    readonly address?: string
    readonly image?: string
  }

export const command = defineCommand<Flags, [server?: string]>({
  description: `Logs in by ssh as root, looks whether the server can be a node, installs Docker from the distribution where it is missing,
joins, and proves it: a task on each node asks those on all others, at every port of the Swarm and over a network of the cluster, in
small packets and large ones. What does not come through is named with what to do about it, and the server is out again then.

Several are added one after the other from a file: a list in YAML or JSON of "server", with "zone", "role", "name" and "address" where
they are wanted. One that fails keeps the others from nothing.

A witness (--witness) is a tiny machine that votes and runs nothing: it joins without taking tasks, and becomes a manager. Two servers
and a witness go on without any one of them.

The first three nodes become managers unless said. Run again it goes on where it was, and changes nothing that is so already. Through
the platform it takes an owner who signed in.`,
  usage: 'SERVER [--zone ZONE] [--manager|--worker|--witness] | --file FILE',
  examples: [
    ['atoll node add root@203.0.113.7 --zone ams3', 'to the cluster you are signed in to, or whose engine is here'],
    ['atoll node add root@node-3 --engine ssh://root@node-1', 'to the one of that manager'],
    ['atoll node add node-3 --identity ~/.ssh/cluster', 'with another key'],
    ['atoll node add root@203.0.113.9 --witness', 'a third machine that only votes'],
    ['atoll node add --file nodes.yaml', 'all that stand there'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      ...sshFlags,
      file: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'List of servers to add, instead of one',
        placeholder: 'path',
      },
      ...nodeFlags,
      witness: { kind: 'boolean', brief: 'Let it vote and run nothing', default: false, withNegated: false },
      address: {
        kind: 'parsed',
        parse: parseAddress,
        optional: true,
        brief: 'At which the other nodes reach it, when it has several',
        placeholder: 'address',
      },
      image: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Image with a Node to prove it with; that of the platform when not said',
        placeholder: 'reference',
      },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, optional: true, brief: 'Server as ssh knows it', placeholder: 'server' }],
    },
  },
  run: async (cli, flags, server) => {
    const requests = listRequests(cli, flags, server)
    const failed = await addEach(cli, requests, flags)
    return failed === 0 ? exitStatus.good : exitStatus.failed
  },
})

/** Throws UsageError when the words do not make sense together, InvalidInputError when the file does not. */
const listRequests = (cli: Cli, flags: Flags, server: string | undefined): readonly AddRequest[] => {
  const { file, zone, name, address } = flags
  const [part, other] = parts.filter((each) => flags[each])
  if (part !== undefined && other !== undefined) {
    throw new UsageError(`--${part} and --${other} exclude each other: say one of them`)
  }
  if (file === undefined) {
    if (server === undefined) throw new UsageError('which server?', 'say root@HOST, or --file with a list of them')
    const entry = { server, ...(part === undefined ? {} : { role: part }), ...given({ zone, name, address }) }
    return [toRequest(cli, flags, entry)]
  }
  const others = [server, zone, name, address, part]
  if (others.some((each) => each !== undefined)) {
    throw new UsageError('--file says of each server what it is: leave out the server and its flags')
  }
  return readNodesFile(resolve(cli.config.workingDir, file)).map((entry) => toRequest(cli, flags, entry))
}

const parts: readonly NodePart[] = ['manager', 'worker', 'witness']

type Given = { readonly [Key in 'zone' | 'name' | 'address']?: string }

/** Without what nobody has said. */
const given = (values: { readonly [Key in keyof Given]: string | undefined }): Given =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

const toRequest = (cli: Cli, flags: Flags, { server, ...entry }: NodeEntry): AddRequest => ({
  login: toLogin(cli, server, flags),
  ...entry,
  target: flags,
  ...(flags.image === undefined ? {} : { image: flags.image }),
})

/** How many failed; one alone fails as any command does. */
const addEach = async (cli: Cli, requests: readonly AddRequest[], { json }: Flags): Promise<number> => {
  let failed = 0
  for (const request of requests) {
    using steps = followSteps(cli, { asJson: json })
    try {
      const added = await addNode(cli, request, steps)
      steps[Symbol.dispose]()
      cli.stdout.write(
        json ? `${JSON.stringify({ kind: 'added', ...added })}\n` : renderAdded(added, cli.stdout.palette),
      )
    } catch (error) {
      if (requests.length === 1 || cli.signal.aborted) throw error
      steps[Symbol.dispose]()
      failed += 1
      reportFailure(cli, error, { asJson: json })
    }
  }
  return failed
}
