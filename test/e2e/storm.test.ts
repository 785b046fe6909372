import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { drainTests } from './platform-faults/drains.ts'
import { openHarbor, type Harbor } from './platform-faults/harbor.ts'
import {
  cutPower,
  fillManager,
  isolateMinority,
  judgeWrites,
  loseQuorum,
  pauseControl,
  stormControls,
} from './platform-faults/scenes.ts'

const seed = Number(process.env['ATOLL_TEST_SEED'] ?? Date.now() % 100_000)

let harbor: Harbor
const open = (): Harbor => harbor
beforeAll(async () => {
  harbor = await openHarbor('storm')
})
afterAll(() => harbor?.close())

describe('a fault under the platform', { timeout: 900_000 }, () => {
  afterEach(() => harbor.restore())

  stormControls(open, { kills: 50, seed })
  pauseControl(open)
  fillManager(open)
  isolateMinority(open)
  cutPower(open, 'follower')
  cutPower(open, 'leader')
  loseQuorum(open)
})

drainTests(() => open().platform)

judgeWrites(open)
