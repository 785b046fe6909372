import type { Cause } from '../records.ts'

/** What words of the engine mean, and what to do. */
export interface Meaning {
  readonly kind: Cause['kind']
  /** After the name of a service: `could not get its image`. */
  readonly what: string
  readonly hint: string
}

interface Row extends Meaning {
  readonly pattern: RegExp
}

export const explanations = {
  unhealthy: {
    what: 'did not become healthy',
    hint: 'see the output of its health check; a slow start needs a longer start_period',
  },
  turnedUnhealthy: {
    what: 'was stopped because its health check failed',
    hint: 'see the output of its health check; on a busy node it may need a longer timeout',
  },
  outOfMemory: {
    what: 'was killed because it needed more memory than its limit',
    hint: 'raise deploy.resources.limits.memory, or find what needs so much',
  },
} as const

export const noAddress = {
  what: 'got no address in its networks',
  hint: 'a subnet is too small for its tasks, or overlaps another: give the network a larger one under another name; "atoll doctor" names those without a subnet',
} as const

/** An engine that is reached and has not found its way into the Swarm yet: for a moment after each start of a node. */
const outside = /swarm scoped network when swarm is not active/i

/** One that gives up what it had of a network, while a new task of it comes: on a node that has just come back. */
const clearing = /error while removing network: unknown network/i

/** Whether a task was refused for what passes by itself within seconds, where all is well. */
export const isPassing = (text: string): boolean => outside.test(text) || clearing.test(text)

/**
 * Words of Docker, Swarm's scheduler and registries, from `Status.Err` of tasks and from replies of the engine; the first that
 * matches holds.
 */
const rows: readonly Row[] = [
  {
    kind: 'pull',
    pattern: /toomanyrequests|rate limit/i,
    what: 'could not get its image: its registry has had enough requests for now',
    hint: 'sign in to the registry, wait, or keep the image in one of your own',
  },
  {
    kind: 'pull',
    pattern: /unauthorized|authentication required|no basic auth credentials|denied: requested access/i,
    what: 'could not get its image: its registry wants credentials',
    hint: '"docker login" where you deploy from, and deploy again',
  },
  {
    kind: 'pull',
    pattern:
      /no such image|pull access denied|manifest (for .* not found|unknown)|failed to (pull|resolve)|repository .*not (found|exist)|image .*not found/i,
    what: 'could not get its image',
    hint: 'check the name and the tag, and that every node reaches the registry',
  },
  { kind: 'unhealthy', pattern: /unhealthy/i, ...explanations.unhealthy },
  { kind: 'out-of-memory', pattern: /oom|out of memory/i, ...explanations.outOfMemory },
  {
    kind: 'disk-full',
    pattern: /no space left on device|disk quota exceeded/i,
    what: 'could not be started: the disk is full',
    hint: 'free room there ("atoll df", "atoll prune"), or drain the node, then deploy again',
  },
  {
    kind: 'addresses',
    pattern:
      /non-overlapping IPv4 address pool|no available (IPv4 )?addresses|could not find an available IP|failed (to allocate|during) network|missing network attachments/i,
    ...noAddress,
  },
  {
    kind: 'addresses',
    pattern: /pool overlaps|address pool overlaps|subnet .*overlaps/i,
    what: 'could not get its network: its subnet overlaps another',
    hint: 'choose another subnet, or none: Atoll then takes a free one',
  },
  {
    kind: 'no-node',
    pattern: /no suitable node \([^)]*host-mode port already in use/i,
    what: 'found no node with its published port free',
    hint: 'a port of a node is for one task: lower replicas, use "mode: global", another port, or find who has it with "atoll ls"',
  },
  {
    kind: 'no-node',
    pattern: /no suitable node \([^)]*max replicas per node/i,
    what: 'found no node: each has as many of its tasks as max_replicas_per_node allows',
    hint: 'raise deploy.placement.max_replicas_per_node, lower replicas, or add a node',
  },
  {
    kind: 'no-node',
    pattern: /no suitable node \([^)]*unsupported platform/i,
    what: 'found no node with the kind of processor its image is made for',
    hint: 'build the image for the processors of the nodes as well (build.platforms)',
  },
  {
    kind: 'no-node',
    pattern: /no suitable node \([^)]*missing plugin/i,
    what: 'found no node that has the volume, network or log driver it names',
    hint: 'install the plugin on the nodes, or use another driver',
  },
  {
    kind: 'no-node',
    pattern: /no suitable node \([^)]*insufficient resources/i,
    what: 'found no node with as much memory and processors left as it reserves',
    hint: 'lower deploy.resources.reservations, make room, or add a node',
  },
  {
    kind: 'no-node',
    pattern: /no suitable node \([^)]*scheduling constraints not satisfied/i,
    what: 'found no node that meets its placement constraints',
    hint: 'change deploy.placement.constraints, or give a node what they ask for ("atoll node label")',
  },
  {
    kind: 'no-node',
    pattern: /no suitable node|nodes? not available for new tasks/i,
    what: 'found no node that takes tasks',
    hint: 'nodes are away, drained or paused: see "atoll doctor"',
  },
  {
    kind: 'rejected',
    pattern: /port is already allocated|address already in use/i,
    what: 'could not be started: a port it publishes is taken on that node',
    hint: 'see which program of the node listens there ("ss -lntp"), or publish another port',
  },
  {
    kind: 'rejected',
    pattern: outside,
    what: 'could not be started: the engine of its node has not found its way into the Swarm',
    hint: 'a node that has just come back does within seconds; after minutes restart its engine, "atoll doctor" names the node',
  },
  {
    kind: 'rejected',
    pattern: clearing,
    what: 'could not be started: its node was still giving up what it had of the network before',
    hint: 'it passes within seconds: deploy again; if it does not, restart the engine of that node',
  },
  {
    kind: 'rejected',
    pattern: /bind source path does not exist/i,
    what: 'could not be started: a path it mounts is not on that node',
    hint: 'make the path on every node it may run on, or use a named volume or a config',
  },
  {
    kind: 'rejected',
    pattern: /unable to find user/i,
    what: 'could not be started: its image does not know its user',
    hint: 'write "user" as a number, or as a name that is in /etc/passwd of the image',
  },
  {
    kind: 'rejected',
    pattern: /executable file not found|exec: .*(no such file or directory|not found)/i,
    what: 'could not be started: its command is not in the image',
    hint: 'check command and entrypoint, and that the file is made for this kind of processor',
  },
  {
    kind: 'rejected',
    pattern: /exec: .*permission denied/i,
    what: 'could not be started: its command may not be executed',
    hint: 'give the file the mode 0755 when the image is built',
  },
  {
    kind: 'rejected',
    pattern: /error while mounting volume|failed to mount local volume|VolumeDriver/i,
    what: 'could not be started: a volume of it cannot be mounted on that node',
    hint: 'check driver_opts of the volume, and that the node reaches what they name',
  },
  {
    kind: 'rejected',
    pattern: /invalid mount|no such network|network .* not found/i,
    what: 'could not be started',
    hint: 'the node says why; mend it there or in the compose file',
  },
]

/** Undefined for words nobody has met yet. */
export const findMeaning = (text: string): Meaning | undefined => {
  const row = rows.find(({ pattern }) => pattern.test(text))
  return row && { kind: row.kind, what: row.what, hint: row.hint }
}
