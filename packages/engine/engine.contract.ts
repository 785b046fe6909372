import { afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { applyingContract } from './contract/applying.contract.ts'
import { clearBench, openBench } from './contract/bench.ts'
import type { Bench, ContractWorld } from './contract/bench.ts'
import { countingContract } from './contract/counting.contract.ts'
import { guardingContract } from './contract/guarding.contract.ts'
import { lookingContract } from './contract/looking.contract.ts'
import { nodesContract } from './contract/nodes.contract.ts'
import { reachContract } from './contract/reach.contract.ts'
import { rolesContract } from './contract/roles.contract.ts'
import { storageContract } from './contract/storage.contract.ts'
import { tasksContract } from './contract/tasks.contract.ts'

const testMs = 700_000

/**
 * What every engine must do, whatever it is made of. `open` is called once; each test gets an environment of its own in it,
 * which is cleared after.
 */
export const engineContract = (name: string, open: () => Promise<ContractWorld>): void => {
  describe(`the engine contract: ${name}`, { timeout: testMs }, () => {
    let world: ContractWorld | undefined
    let bench: Bench | undefined
    let count = 0
    beforeAll(async () => {
      world = await open()
    }, testMs)
    beforeEach(() => {
      count += 1
      if (world !== undefined) bench = openBench(world, `t${count}`)
    })
    afterEach(async () => {
      if (bench !== undefined) await clearBench(bench)
    }, testMs)
    const getBench = (): Bench => {
      if (bench === undefined) throw new Error('the engine under test was not opened')
      return bench
    }
    applyingContract(getBench)
    countingContract(getBench)
    guardingContract(getBench)
    tasksContract(getBench)
    lookingContract(getBench)
    nodesContract(getBench)
    reachContract(getBench)
    rolesContract(getBench)
    storageContract(getBench)
  })
}

export type { ContractOutsider, ContractWorld } from './contract/bench.ts'
