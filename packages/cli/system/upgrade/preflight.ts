import type { ObservedNode } from '@atoll/plan'
import type { PlatformBuild } from '../build.ts'
import type { ImageArchive } from '../image-archive.ts'
import { judgeBackup } from './judge-backup.ts'
import type { BackupPlan, BackupWish } from './judge-backup.ts'
import type { Standing } from './standing.ts'

/** What keeps an upgrade from beginning, and what to do about it. */
export interface Trouble {
  readonly code:
    | 'cannot-read'
    | 'not-read-before'
    | 'node-away'
    | 'deploying'
    | 'no-room'
    | 'not-whole'
    | 'node-not-reached'
    | 'no-backup'
  readonly message: string
  readonly hint: string
}

export interface Preflight {
  readonly from: PlatformBuild
  readonly to: PlatformBuild
  /** Whether anything would be changed: it is another build, or a deployment of the platform was left half way. */
  readonly isDue: boolean
  /** A deployment of the platform was left half way. */
  readonly isLeft: boolean
  /** Tasks that would be made anew, by service, in their order. */
  readonly tasks: readonly { readonly service: string; readonly count: number }[]
  readonly troubles: readonly Trouble[]
  /** Worth knowing, and no reason to stop. */
  readonly notes: readonly string[]
  readonly backup: BackupPlan
}

/** Pure: all that stands in the way at once. */
export const judgeStanding = (
  standing: Standing,
  { archive, wish }: { readonly archive: ImageArchive; readonly wish: BackupWish },
): Preflight => {
  const { from } = standing
  const to = archive.build
  const { running, lastDeployment, services } = standing.platform
  const isLeft = running !== undefined || lastDeployment?.state === 'running' || lastDeployment?.state === 'failed'
  const isDue = isLeft || from.name !== to.name
  const backup = judgeBackup(standing, wish, { isDue, isLeft })
  return {
    from,
    to,
    isLeft,
    isDue,
    backup,
    tasks: order.flatMap((service) => {
      const found = services.find((each) => each.service === service)
      return found === undefined || found.wanted === 0 ? [] : [{ service, count: found.wanted }]
    }),
    troubles: [
      ...judgeDocuments(from, to),
      ...(isLeft ? [] : judgeNodes(standing.nodes)),
      ...judgeDeploying(standing),
      ...judgeRoom(standing, archive),
      ...(isLeft ? [] : judgePlatform(standing)),
      ...judgeReach(standing),
      ...(backup.kind === 'for-nobody' ? [noBackup] : []),
    ],
    notes: listNotes(standing, isLeft),
  }
}

const noBackup: Trouble = {
  code: 'no-backup',
  message: 'a backup is made before anything is changed, and nobody has said for whom',
  hint: 'say --recipient age1... ("atoll backup key" makes one) or --passphrase; --no-backup goes on without one',
}

/** As the services of the platform depend on each other. */
const order = ['agent', 'control', 'ingress', 'streams', 'gate'] as const

const judgeDocuments = (from: PlatformBuild, to: PlatformBuild): readonly Trouble[] => {
  const reads = (build: PlatformBuild): string => `${build.name} reads documents up to format ${build.documents.reads}`
  if (to.documents.reads < from.documents.writes) {
    const message = `${reads(to)}, and this cluster's are written in format ${from.documents.writes}`
    return [
      { code: 'cannot-read', message, hint: 'use a newer build: going down to this one would lose what is written' },
    ]
  }
  if (from.documents.reads < to.documents.writes) {
    const message = `${reads(from)}, and ${to.name} writes format ${to.documents.writes}`
    const hint = 'upgrade by way of a build in between, which reads the new format and writes the old'
    return [{ code: 'not-read-before', message, hint }]
  }
  return []
}

/** Of one that was left half way the rest is better done than not: old and new are side by side already. */
const judgeNodes = (nodes: readonly ObservedNode[]): readonly Trouble[] =>
  listAway(nodes).map((node) => ({
    code: 'node-away',
    message: `${describeAway(node)}, and would be left behind`,
    hint: `bring it back, or take it out: atoll node rm ${node.name} --force`,
  }))

const listAway = (nodes: readonly ObservedNode[]): readonly ObservedNode[] =>
  nodes.filter(({ state }) => state !== 'ready')

const describeAway = ({ name, isManager, state }: ObservedNode): string =>
  `${name}, a ${isManager ? 'manager' : 'worker'}, is ${state}`

const judgeDeploying = ({ deploying }: Standing): readonly Trouble[] =>
  deploying.map(({ ref, running }) => ({
    code: 'deploying',
    message: `${ref.app}/${ref.environment} is being deployed by ${running?.owner ?? 'somebody'}`,
    hint: `wait for it: atoll resume ${ref.app}/${ref.environment}`,
  }))

/** The file as it is read, and what becomes of it. */
const roomFor = ({ sizeBytes }: ImageArchive): number => 2 * sizeBytes

const judgeRoom = ({ nodes, rooms }: Standing, archive: ImageArchive): readonly Trouble[] =>
  nodes.flatMap(({ id, name }) => {
    const freeBytes = rooms.get(id)
    if (freeBytes === undefined || freeBytes >= roomFor(archive)) return []
    const message = `${name} has ${inMegabytes(freeBytes)} left on its disk, and the image takes ${inMegabytes(roomFor(archive))}`
    return [{ code: 'no-room', message, hint: `atoll prune --node ${name}; "atoll df" shows what is there` }]
  })

const inMegabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`

const judgePlatform = ({ platform }: Standing): readonly Trouble[] =>
  platform.services
    .filter(({ running, wanted, state }) => running < wanted || state === 'missing' || state === 'failing')
    .map(({ service, running, wanted, why }) => ({
      code: 'not-whole',
      message: `${service} of the platform has ${running} of ${wanted} tasks${why.length === 0 ? '' : `: ${why.join('; ')}`}`,
      hint: 'mend it first: atoll status --app atoll/system; "atoll init" with the build that is installed repairs it',
    }))

const judgeReach = ({ unreached }: Standing): readonly Trouble[] =>
  unreached === undefined
    ? []
    : [
        {
          code: 'node-not-reached',
          message: unreached.message,
          hint: unreached.hint ?? 'name every node with --engine',
        },
      ]

const listNotes = ({ unseenDisks, nodes }: Standing, isLeft: boolean): readonly string[] => [
  ...(isLeft ? ['a deployment of the platform was left half way: this goes on from there'] : []),
  ...(isLeft ? listAway(nodes).map((node) => `${describeAway(node)}: run this again when it is back`) : []),
  ...(unseenDisks.length === 0 ? [] : [`the disk of ${unseenDisks.join(', ')} cannot be seen from here`]),
  ...nodes
    .filter(({ state, availability }) => state === 'ready' && availability === 'drain')
    .map(({ name }) => `${name} takes no tasks: it gets the new build when it is resumed`),
]
