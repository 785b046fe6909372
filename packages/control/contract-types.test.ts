import type { Reply } from '@atoll/api'
import type {
  DeploymentEvent,
  DrainBegun,
  DrillRecord,
  DeploymentRecord,
  EnvironmentRecord,
  EnvironmentStatus,
  LabelOutcome,
  NodeRemoved,
  NodeResumed,
  WitnessOutcome,
  ListedEnvironment,
  NamedLogLine,
  Outcome,
  Preview,
  Release,
  RebalanceAnswer,
  ReleaseDifference,
  RoleOutcome,
  TimelineEntry,
  WhatIfAnswer,
} from '@atoll/deploy'
import type { Admission, Diagnosis, FileStat, TaskUsage } from '@atoll/engine'
import type { DrainProgress, HeldNode, NodeDetail, ObservedNode } from '@atoll/plan'
import type { KeptVips } from '@atoll/server/vips'
import type { FileRead, Problem } from '@atoll/spec'
import { expectTypeOf, it } from 'vitest'
import type { Failure, Parsed, Plain } from '@atoll/api'

type Running = NonNullable<EnvironmentRecord['running']>
/** The token proves whose a deployment is; it never leaves the cluster. */
type WithoutToken<T extends { readonly running?: Running }> = Omit<T, 'running'> & {
  readonly running?: Omit<Running, 'token'>
}
type Flat<T> = { [Key in keyof T]: T[Key] }

it('the contract says of the types of other rooms what they are', () => {
  expectTypeOf<Reply<'getStatus'>>().toEqualTypeOf<Plain<WithoutToken<EnvironmentStatus>>>()
  expectTypeOf<Reply<'listApps'>['items'][number]>().toEqualTypeOf<Flat<WithoutToken<ListedEnvironment>>>()
  expectTypeOf<Reply<'getTimeline'>['items'][number]>().toEqualTypeOf<TimelineEntry>()
  expectTypeOf<Reply<'getDeployment'>>().toEqualTypeOf<DeploymentRecord>()
  expectTypeOf<Reply<'listReleases'>['items'][number]>().toEqualTypeOf<
    Flat<Omit<Release, 'app' | 'next'> & { readonly isCurrent: boolean }>
  >()
  expectTypeOf<Reply<'diffReleases'>['items'][number]>().toEqualTypeOf<ReleaseDifference>()
  expectTypeOf<NonNullable<Reply<'getOperation'>['outcome']>>().toEqualTypeOf<Outcome>()
  expectTypeOf<Reply<'listNodes'>['items'][number]>().toEqualTypeOf<ObservedNode>()
  expectTypeOf<Reply<'listHeldNodes'>['items'][number]>().toEqualTypeOf<HeldNode>()
  expectTypeOf<Reply<'getNode'>>().toEqualTypeOf<NodeDetail>()
  expectTypeOf<Reply<'labelNode'>>().toEqualTypeOf<LabelOutcome>()
  expectTypeOf<Reply<'changeNodeRole'>>().toEqualTypeOf<Flat<RoleOutcome & { readonly isSettled: boolean }>>()
  expectTypeOf<NonNullable<Reply<'getDrain'>['drain']>>().toEqualTypeOf<Flat<DrainProgress>>()
  expectTypeOf<Reply<'drainNode'>>().toEqualTypeOf<Flat<DrainBegun>>()
  expectTypeOf<Reply<'removeNode'>>().toEqualTypeOf<NodeRemoved>()
  expectTypeOf<Reply<'admitServer'>>().toEqualTypeOf<Flat<Admission>>()
  expectTypeOf<Reply<'joinCluster'>>().toEqualTypeOf<Flat<Admission>>()
  expectTypeOf<Reply<'resumeNode'>>().toEqualTypeOf<NodeResumed>()
  expectTypeOf<Reply<'setWitness'>>().toEqualTypeOf<WitnessOutcome>()
  expectTypeOf<Reply<'listDrills'>['items'][number]>().toEqualTypeOf<Flat<DrillRecord>>()
  expectTypeOf<Reply<'getVips'>>().toEqualTypeOf<Flat<KeptVips>>()
  expectTypeOf<Reply<'getWhatIf'>>().toEqualTypeOf<WhatIfAnswer>()
  expectTypeOf<Reply<'getAppWhatIf'>>().toEqualTypeOf<WhatIfAnswer>()
  expectTypeOf<Reply<'getRebalancing'>>().toEqualTypeOf<Flat<RebalanceAnswer>>()
  expectTypeOf<Reply<'getDoctor'>>().toEqualTypeOf<Diagnosis>()
  expectTypeOf<Reply<'readLogs'>>().toEqualTypeOf<Flat<NamedLogLine>>()
  expectTypeOf<Reply<'getStats'>['items'][number]>().toEqualTypeOf<TaskUsage>()
  expectTypeOf<NonNullable<Reply<'statFile'>['found']>>().toEqualTypeOf<FileStat>()
  expectTypeOf<NonNullable<Plain<Failure>['problems']>[number]>().toEqualTypeOf<Problem>()
  expectTypeOf<Parsed<'planProject', 'body'>['files'][string]>().toEqualTypeOf<FileRead>()
})

it('and of those that hold actions, that one can stand for the other', () => {
  expectTypeOf<Reply<'followOperation'>>().toExtend<DeploymentEvent>()
  expectTypeOf<DeploymentEvent>().toExtend<Reply<'followOperation'>>()
  expectTypeOf<Reply<'planProject'>>().toExtend<Preview>()
  expectTypeOf<Preview>().toExtend<Reply<'planProject'>>()
})
