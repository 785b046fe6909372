import { apiRead } from './api-read.ts'
import type { Benchmark } from './benchmark.ts'
import { cliStart } from './cli-start.ts'
import { configCorpus, configScore } from './config-corpus.ts'
import { copyThroughput } from './copy-throughput.ts'
import { deployReplicas, deployServices } from './deploy.ts'
import { ingressTable } from './ingress/table.ts'
import { ingressTraffic } from './ingress/traffic.ts'
import { labUp } from './lab-up.ts'
import { loopRounds } from './loop.ts'
import { nodeAdd } from './node-add.ts'
import { nodeDrain } from './node-drain.ts'
import { planServices } from './plan.ts'
import { platformFailover } from './platform-failover.ts'
import { platformIdle } from './platform-idle.ts'
import { whatIfTasks } from './what-if.ts'

/** Every benchmark there is; the long ones last. */
export const benchmarks: readonly Benchmark[] = [
  planServices,
  whatIfTasks,
  apiRead,
  loopRounds,
  cliStart,
  configCorpus,
  ingressTable,
  ingressTraffic,
  deployReplicas,
  deployServices,
  labUp,
  copyThroughput,
  platformFailover,
  platformIdle,
  nodeDrain,
  nodeAdd,
  configScore,
]
