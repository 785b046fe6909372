import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { silenceMs, startSilence } from './log-silence.ts'

describe.concurrent('a silence', { timeout: 20_000 }, () => {
  const wait = (): Promise<void> => delay(silenceMs + 500)
  async function* twice(between: () => Promise<void>): AsyncIterable<number> {
    yield 1
    await between()
    yield 2
  }

  it('ends a log when nothing comes, and none that is followed', async () => {
    const [silence, following] = [startSilence(false), startSilence(true)]
    const read = [silence, following].map(({ listen }) => Array.fromAsync(listen(twice(wait))))
    await Promise.all(read)
    expect([silence.signal.aborted, following.signal.aborted]).toEqual([true, false])
    silence.end()
  })

  it('is not what a slow reader makes', async () => {
    const silence = startSilence(false)
    for await (const number of silence.listen(twice(async () => undefined))) if (number === 1) await wait()
    expect(silence.signal.aborted).toBe(false)
    silence.end()
  })
})
