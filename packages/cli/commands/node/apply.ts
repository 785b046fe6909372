import type { Cli } from '../../cli.ts'
import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { describeFailure } from '../../failure.ts'
import { engineFlags, proposeNodes } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { applyToServers, lookAtServers } from '../../servers/apply-servers.ts'
import type { Ended, Looked } from '../../servers/apply-servers.ts'
import { findStrangers, findTargets, listAddresses } from '../../servers/find-targets.ts'
import { readKnownNodes } from '../../servers/known-nodes.ts'
import { readServers } from '../../servers/read-servers.ts'
import { tellPlans, tellProgress } from '../../servers/tell.ts'
import { note } from '../../warn.ts'

type Flags = EngineFlags & { readonly file: string; readonly check: boolean; readonly yes: boolean }

export const command = defineCommand<Flags, string[]>({
  description: `Reads server.yaml: users and their keys, packages, firewall, kernel settings, swap, time, upgrades, mounts, files and the
settings of Docker, for all servers, for those with a label, or for one. Logs in to each by ssh as root, shows what differs from it,
property by property, asks, and does it; then looks once more. What is not declared is never touched. A step that fails ends that
server's and no other's; applied again it goes on where it was.

A firewall lets in ssh and the nodes of the cluster whatever is declared. The server itself takes new rules away again when nobody can
log in with them.

Exit status: 0 nothing to do or done, 1 failed somewhere, 2 wrong input, 3 with --check: something is to be done.`,
  usage: '[--check] [-f FILE] [NODE...]',
  examples: [
    ['atoll node apply --check', 'what differs from server.yaml, and nothing else'],
    ['atoll node apply', 'shows it, asks, and does it'],
    ['atoll node apply -f base.yaml node-2 --yes', 'one server, without being asked'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      file: { kind: 'parsed', parse: String, default: 'server.yaml', brief: 'What to read', placeholder: 'path' },
      check: { kind: 'boolean', brief: 'Only say what differs', default: false, withNegated: false },
      yes: { kind: 'boolean', brief: 'Do not ask', default: false, withNegated: false },
    },
    aliases: { f: 'file', y: 'yes' },
    positional: {
      kind: 'array',
      parameter: {
        parse: String,
        brief: 'Node, by its name; all when none is named',
        placeholder: 'node',
        proposeCompletions: proposeNodes,
      },
    },
  },
  run: async (cli, flags, ...names) => {
    const read = readServers(cli, flags.file)
    const known = await readKnownNodes(cli, flags)
    const targets = findTargets(read, known, names)
    for (const { node } of findStrangers(targets)) {
      note(
        cli,
        `${node}: its address is not known, so firewalls of other servers do not let it in; say address: in the file`,
      )
    }
    await using stack = new AsyncDisposableStack()
    const cluster = { addresses: listAddresses(read, known), isKnown: known.length > 0 }
    const looked = await lookAtServers(targets, { sources: read.sources, cluster, signal: cli.signal, stack })
    if (!flags.json) tellPlans(cli, looked)
    const ended = flags.check ? [] : await applyWhatIsMeant(cli, flags, looked)
    if (flags.json) cli.stdout.write(`${JSON.stringify(toData(looked, ended, flags))}\n`)
    return statusOf(looked, ended, flags)
  },
})

type Ready = Extract<Looked, { kind: 'looked' }>

const isReady = (each: Looked): each is Ready => each.kind === 'looked'
const hasChanges = ({ proposal }: Ready): boolean => proposal.changes.length > 0

/** Nothing where nobody wants it; undefined. */
const applyWhatIsMeant = async (
  cli: Cli,
  flags: Flags,
  looked: readonly Looked[],
): Promise<readonly Ended[] | undefined> => {
  const ready = looked.filter(isReady)
  if (ready.some(hasChanges) && !flags.yes && !(await isConfirmed(cli, ready))) {
    cli.stderr.write('nothing was changed\n')
    return undefined
  }
  return applyToServers(ready, { signal: cli.signal, progress: tellProgress(cli) })
}

const isConfirmed = async (cli: Cli, ready: readonly Ready[]): Promise<boolean> => {
  if (!cli.stdin.isTerminal) throw new UsageError('nobody is here to be asked', 'say --yes, or --check to only look')
  const servers = ready.filter(hasChanges)
  const changes = servers.reduce((sum, { proposal }) => sum + proposal.changes.length, 0)
  return cli.confirm(
    `${changes} change${changes === 1 ? '' : 's'} on ${servers.map(({ target }) => target.node).join(', ')}: do it?`,
  )
}

const statusOf = (looked: readonly Looked[], ended: readonly Ended[] | undefined, { check }: Flags): number => {
  const isFailed =
    looked.some(({ kind }) => kind === 'failed') ||
    ended === undefined ||
    ended.some(({ error }) => error !== undefined)
  if (isFailed) return exitStatus.failed
  return check && looked.filter(isReady).some(hasChanges) ? exitStatus.somethingToDo : exitStatus.good
}

const toData = (looked: readonly Looked[], ended: readonly Ended[] | undefined, { check }: Flags): unknown => ({
  nodes: looked.map((each) => {
    const { node, login } = each.target
    const head = { node, server: login.destination }
    if (each.kind === 'failed') return { ...head, outcome: 'failed', ...(describeFailure(each.error) as object) }
    const { changes, findings } = each.proposal
    const end = ended?.find((one) => one.node === node)
    const shown = changes.map(({ kind, subject, fields, note }) => ({ kind, subject, fields, note }))
    const failure = end?.error === undefined ? {} : (describeFailure(end.error) as object)
    const outcome =
      end?.error !== undefined
        ? 'failed'
        : changes.length === 0
          ? 'unchanged'
          : check || end === undefined
            ? 'to-do'
            : 'applied'
    return { ...head, outcome, done: end?.done ?? 0, changes: shown, findings, ...failure }
  }),
})
