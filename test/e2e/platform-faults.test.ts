import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { openHarbor, type Harbor } from './platform-faults/harbor.ts'
import { cutPower, judgeWrites, stormControls } from './platform-faults/scenes.ts'

const seed = Number(process.env['ATOLL_TEST_SEED'] ?? Date.now() % 100_000)

let harbor: Harbor
const open = (): Harbor => harbor
beforeAll(async () => {
  harbor = await openHarbor('platform-faults')
})
afterAll(() => harbor?.close())

describe('a fault under the platform', { timeout: 900_000 }, () => {
  afterEach(() => harbor.restore())

  stormControls(open, { kills: 6, seed })
  cutPower(open, 'leader')
})

judgeWrites(open)
