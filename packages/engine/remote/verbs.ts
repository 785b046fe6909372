import { z } from 'zod'
import { actionShape } from './shapes/action.ts'
import { buildShape } from './shapes/app.ts'
import {
  bytesShape,
  countShape,
  idShape,
  imageShape,
  nameShape,
  pairsShape,
  refShape,
  textsShape,
} from './shapes/names.ts'
import { claimsShape, diskReplyShape, pruneRequestShape, pruneReportShape, usageShape } from './shapes/storage.ts'
import {
  agentsShape,
  countsShape,
  diagnosisShape,
  eventShape,
  logLineShape,
  nodesShape,
  observedShape,
  occupancyShape,
  refusalsShape,
  resolvedImageShape,
  selfShape,
  storedConfigsShape,
  taskDetailShape,
  taskLogLineShape,
} from './shapes/replies.ts'
import { admissionShape, nodeChangeShape } from './shapes/nodes.ts'
import { nameAnswersShape, namedServicesShape, nameQuestionsShape } from './shapes/names-api.ts'
import {
  endpointsRequestShape,
  endpointsShape,
  nodeIngressShape,
  nodeTableShape,
  nodeTallyShape,
  servicesChangeShape,
  staticSiteShape,
  tallyQueryShape,
} from './shapes/routing.ts'
import { filePathShape, fileStatShape, taskSamplesShape } from './shapes/reach.ts'

const mebibyte = 1024 * 1024
/** Of one request for what tasks use. */
const mostTasks = 1_000
/** Longer than the engine on the other side waits for an election and for its own call after it. */
const defaultTimeoutMs = 60_000

interface Limits {
  /** Until the answer has ended; the caller's side keeps it. */
  readonly timeoutMs?: number
  /** Of the request's body; the agent's side keeps it. */
  readonly maxBytes?: number
}

/** One request, one answer. */
const call = <Request, Reply>(request: z.ZodType<Request>, reply: z.ZodType<Reply>, limits: Limits = {}) => ({
  kind: 'call' as const,
  request,
  reply,
  timeoutMs: limits.timeoutMs ?? defaultTimeoutMs,
  maxBytes: limits.maxBytes ?? mebibyte,
})

/** One request, many items, for as long as the caller listens. */
const stream = <Request, Item>(request: z.ZodType<Request>, item: z.ZodType<Item>) => ({
  kind: 'stream' as const,
  request,
  item,
  maxBytes: mebibyte,
})

const nothing = z.strictObject({})
const done = z.object({})
const ofEnvironment = z.strictObject({ ref: refShape })
const ofLog = {
  follow: z.boolean(),
  sinceMs: z.number().nonnegative().exactOptional(),
  tail: countShape.exactOptional(),
}
const ofVolume = { ref: refShape, engineName: nameShape }

/** Configs of the platform only: nobody else's can be read, made or removed through an agent. */
const platformLabels = z.record(z.string().startsWith('atoll.'), z.string())
const platformName = z.string().regex(/^atoll(?:-part)?\.[\w.-]{1,57}$/)
const prefixOfPlatformName = z.string().regex(/^atoll(?:-part)?\.[\w.-]*$/)

/**
 * The contract between a control and the agent of its node: every method of `Engine` and of `ConfigsApi`, and what there is to
 * know of agents. A verb is `POST /v1/VERB`; `exec` and `buildImage` stand below and in frames.ts, as they take bytes. With a node's id in the
 * header `x-atoll-node` a verb of `nodeVerbs` is answered by the agent of that node, from what its own engine knows.
 */
export const verbs = {
  self: call(nothing, selfShape),
  observe: call(ofEnvironment, observedShape),
  listEnvironments: call(nothing, z.array(z.object({ app: z.string(), environment: z.string() }))),
  countEnvironments: call(nothing, countsShape),
  occupancy: call(nothing, occupancyShape),
  apply: call(
    z.strictObject({
      action: actionShape,
      ref: refShape,
      release: countShape,
      secrets: z.record(z.string(), bytesShape),
    }),
    done,
    { timeoutMs: 180_000, maxBytes: 64 * mebibyte },
  ),
  /** What the policy would refuse of these. */
  judge: call(z.strictObject({ actions: z.array(actionShape).max(5_000), ref: refShape }), refusalsShape, {
    maxBytes: 64 * mebibyte,
  }),
  nodes: call(nothing, nodesShape),
  resolveImage: call(z.strictObject({ image: imageShape }), resolvedImageShape),
  inspectTask: call(z.strictObject({ taskId: idShape }), taskDetailShape),
  sample: call(z.strictObject({ taskIds: z.array(idShape).max(mostTasks) }), taskSamplesShape),
  statFile: call(
    z.strictObject({ taskId: idShape, path: filePathShape }),
    z.object({ found: fileStatShape.exactOptional() }),
  ),
  volumeSizes: call(ofEnvironment, z.record(z.string(), z.number())),
  removeVolume: call(z.strictObject({ ...ofVolume, nodeId: idShape }), done),
  changeRole: call(z.strictObject({ nodeId: idShape, role: z.enum(['manager', 'worker']) }), done, {
    timeoutMs: 170_000,
  }),
  changeNode: call(z.strictObject({ nodeId: idShape, change: nodeChangeShape }), done),
  removeNode: call(z.strictObject({ nodeId: idShape, isForced: z.boolean() }), done),
  admission: call(nothing, admissionShape),
  diagnose: call(nothing, diagnosisShape),
  serviceImages: call(nothing, z.array(z.string())),
  /** Of the node that is named by `x-atoll-node`, as are the next three. */
  disk: call(nothing, diskReplyShape),
  usage: call(nothing, usageShape, { timeoutMs: 120_000 }),
  claimImages: call(claimsShape, done, { maxBytes: 64 * mebibyte }),
  prune: call(pruneRequestShape, pruneReportShape, { timeoutMs: 600_000, maxBytes: 64 * mebibyte }),
  locateTask: call(z.strictObject({ taskId: idShape }), z.object({ nodeId: z.string().exactOptional() })),
  agents: call(nothing, agentsShape),
  listNames: call(nothing, namedServicesShape),
  askNames: call(z.strictObject({ questions: nameQuestionsShape }), nameAnswersShape, { timeoutMs: 120_000 }),
  listEndpoints: call(endpointsRequestShape, endpointsShape),
  /** The ingress of the node that is named by `x-atoll-node`, as of the next three. */
  giveRoutes: call(nodeTableShape, done, { maxBytes: 64 * mebibyte }),
  fetchSite: call(staticSiteShape, done, { timeoutMs: 600_000 }),
  readTally: call(tallyQueryShape, nodeTallyShape),
  followIngress: stream(nothing, nodeIngressShape),
  /** The same of its second ingress, which has the stream ports. Names of their own: an older agent must not take one for the other. */
  'streams.giveRoutes': call(nodeTableShape, done, { maxBytes: 64 * mebibyte }),
  'streams.readTally': call(tallyQueryShape, nodeTallyShape),
  'streams.followIngress': stream(nothing, nodeIngressShape),
  watchServices: stream(nothing, servicesChangeShape),
  watch: stream(ofEnvironment, eventShape),
  logs: stream(
    z.strictObject({
      ref: refShape,
      services: textsShape,
      taskId: idShape.exactOptional(),
      ...ofLog,
    }),
    logLineShape,
  ),
  /** Of a task of the node that is named by `x-atoll-node`. */
  readLog: stream(z.strictObject({ taskId: idShape, ...ofLog }), taskLogLineShape),
  moveVolume: stream(z.strictObject({ ...ofVolume, toNodeId: idShape }), z.object({ bytes: z.number() })),
  'configs.create': call(
    z.strictObject({ name: platformName, labels: platformLabels, data: bytesShape }),
    z.object({ id: z.string() }),
  ),
  'configs.list': call(
    z.strictObject({
      labels: platformLabels.refine((labels) => Object.keys(labels).length > 0, 'names no label'),
      namePrefix: prefixOfPlatformName.exactOptional(),
    }),
    storedConfigsShape,
  ),
  'configs.remove': call(z.strictObject({ id: idShape }), done),
  'configs.events': stream(nothing, z.object({ name: z.string() })),
}

/** What `exec` begins with: to an agent with the task, to a control without, as its address names it. */
export const execProgramShape = z.strictObject({
  argv: textsShape.min(1),
  user: z.string().exactOptional(),
  workingDir: z.string().exactOptional(),
  environment: pairsShape,
  tty: z.strictObject({ columns: countShape, rows: countShape }).exactOptional(),
  hasInput: z.boolean(),
})
export const execStartShape = execProgramShape.extend({ taskId: idShape })
export const sizeShape = z.strictObject({ columns: countShape, rows: countShape })
export const exitShape = z.object({ status: z.int() })

/** Verbs that are sent bytes; each has frames both ways, or a tar there and lines back. */
const bytesVerbs = ['exec', 'buildImage', 'readFiles', 'writeFiles', 'forward'] as const
export type BytesVerb = (typeof bytesVerbs)[number]
export const isBytesVerb = (name: string): name is BytesVerb => (bytesVerbs as readonly string[]).includes(name)

/** What agents ask of each other. */
export const nodeVerbs: ReadonlySet<string> = new Set([
  'exec',
  'askNames',
  'inspectTask',
  'readLog',
  'sample',
  'statFile',
  'readFiles',
  'writeFiles',
  'forward',
  'disk',
  'usage',
  'prune',
  'claimImages',
  'giveRoutes',
  'fetchSite',
  'readTally',
  'followIngress',
  'streams.giveRoutes',
  'streams.readTally',
  'streams.followIngress',
])
export const nodeHeader = 'x-atoll-node'

/** What `buildImage` begins with; the tar follows in `input` frames when it is packed. */
export const buildStartShape = z.strictObject({ build: buildShape, reference: imageShape, isPacked: z.boolean() })
/** What it answers, as the streams of other verbs do: lines of progress, and last the digest reference. */
export const buildItemShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('line'), line: z.string() }),
  z.object({ kind: z.literal('built'), reference: z.string() }),
])
export type BuildItem = z.output<typeof buildItemShape>
/** Of one build: how large its tar may be, and how long it may take with all its waiting. */
export const buildLimits = { tarBytes: 4 * 1024 * mebibyte, totalMs: 30 * 60_000 } as const

type Verbs = typeof verbs
export type CallName = { [Name in keyof Verbs]: Verbs[Name]['kind'] extends 'call' ? Name : never }[keyof Verbs]
export type StreamName = Exclude<keyof Verbs, CallName>
/** What the agent reads of a request, and what the caller reads of an answer. */
export type RequestOf<Name extends keyof Verbs> = z.output<Verbs[Name]['request']>
export type ReplyOf<Name extends CallName> = z.output<Verbs[Name]['reply']>
export type ItemOf<Name extends StreamName> = z.output<Verbs[Name]['item']>
