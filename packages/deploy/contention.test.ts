import { createApp, createFile, createService } from '@atoll/plan/fixtures'
import type { App } from '@atoll/spec'
import type { Engine } from '@atoll/engine'
import type { Documents } from '@atoll/store'
import { describe, expect, it } from 'vitest'
import type { Context } from './context.ts'
import { deploy } from './deploy.ts'
import { BusyError, HandedOverError, LostLeaseError } from './errors.ts'
import { intercept } from './intercept.ts'
import { limits } from './limits.ts'
import { deployments } from './look/releases.ts'
import { resume } from './resume.ts'
import { listen, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

const ref = { app: 'shop', environment: 'test' }
const version = (number: number): App => createApp([createService('web', { image: `web:${number}` })])

const send = (context: Context, app: App, options = listen()) =>
  deploy(context, { app, secrets: {}, author: context.owner }, options)

const imageOf = async (stage: Stage): Promise<string | undefined> => {
  const { services } = await stage.observe(version(1))
  return services[0]?.tasks.find(({ state }) => state === 'running')?.image.split('@')[0]
}

const listStates = async (stage: Stage): Promise<readonly string[]> =>
  (await deployments(stage.createContext('eve'), ref, stage.signal)).map(({ state }) => state)

/** Everything the process asks for waits while it is stopped, and goes out when it is woken. `atCall`: stops by itself. */
const createPause = (atCall = Infinity) => {
  let calls = 0
  let wake: () => void = () => {}
  let stopped: Promise<void> | undefined
  const onCall = (make: () => unknown): unknown => {
    calls += 1
    if (calls === atCall) stop()
    return stopped === undefined ? make() : stopped.then(make)
  }
  const stop = (): void => {
    stopped = new Promise((resolve) => {
      wake = resolve
    })
  }
  return {
    onCall,
    stop,
    isStopped: (): boolean => stopped !== undefined,
    wake: (): void => {
      stopped = undefined
      wake()
    },
  }
}

describe('an owner whose process is gone', () => {
  it('is not waited for by who can tell, and is by everybody else', async () => {
    const stage = openStage()
    const killed = new AbortController()
    const onCall = (make: () => unknown): unknown =>
      killed.signal.aborted ? Promise.reject(new Error('killed')) : make()
    const ann: Context = {
      ...stage.createContext('ann', {
        engine: intercept(stage.engine, onCall),
        documents: intercept(stage.documents, onCall),
      }),
      processes: { own: 'ann', isGone: () => false },
    }
    const work = send(ann, version(1), {
      ...listen(),
      onEvent: ({ kind }) => void (kind === 'action' && killed.abort()),
    })
    await expect(stage.settle(work)).rejects.toThrow(/killed/)
    const beganMs = stage.clock.now()
    const bob = {
      ...stage.createContext('bob'),
      processes: { own: 'bob', isGone: (process: string) => process === 'ann' },
    }
    const events = listen()
    await stage.settle(resume(bob, { ref }, events))
    expect(events.events.filter(({ kind }) => kind === 'wait')).toEqual([])
    expect(await listStates(stage)).toEqual(['converged'])
    expect(stage.clock.now() - beganMs).toBeLessThan(limits.leaseMs)
  })
})

describe('two deployments of one environment', () => {
  it('one wins, the other says who and since when and changes nothing', async () => {
    const stage = openStage()
    const work = Promise.allSettled([
      send(stage.createContext('ann'), version(1)),
      send(stage.createContext('bob'), version(2)),
    ])
    const [first, second] = await stage.settle(work)
    const [winner, loser] = first.status === 'fulfilled' ? [first, second] : [second, first]
    expect(winner).toMatchObject({ status: 'fulfilled', value: { kind: 'converged' } })
    expect(loser.status === 'rejected' && loser.reason).toBeInstanceOf(BusyError)
    expect(loser).toMatchObject({ reason: { code: 'busy', sinceMs: expect.any(Number), who: expect.any(String) } })
    expect(await imageOf(stage)).toBe(first.status === 'fulfilled' ? 'web:1' : 'web:2')
    expect(await listStates(stage)).toEqual(['converged'])
  })

  it('says so within seconds, once the owner has given a sign of life', async () => {
    const stage = openStage()
    stage.engine.setImage('web:1', { startMs: 60_000, run: { kind: 'serves' } })
    const first = send(stage.createContext('ann'), version(1))
    await stage.pass(2_000)
    const beganMs = stage.clock.now()
    await expect(stage.settle(send(stage.createContext('bob'), version(2)))).rejects.toBeInstanceOf(BusyError)
    expect(stage.clock.now() - beganMs).toBeLessThan(limits.renewEveryMs + 2_000)
    expect((await stage.settle(first)).kind).toBe('converged')
  })

  it('leaves other environments alone', async () => {
    const stage = openStage()
    const other = { ...version(1), environment: 'staging' }
    const staging = {
      ...other,
      services: other.services.map((service) => ({ ...service, engineName: 'shop_staging_web' })),
    }
    const both = Promise.all([send(stage.createContext('ann'), version(1)), send(stage.createContext('bob'), staging)])
    expect((await stage.settle(both)).map(({ kind }) => kind)).toEqual(['converged', 'converged'])
  })
})

describe('an owner who was stopped for three leases', () => {
  /** Undefined: it was done before it made so many calls. */
  const stopAt = async (call: number) => {
    const stage = openStage()
    await stage.settle(send(stage.createContext('zoe'), version(1)))
    const pause = createPause(call)
    const context = stage.createContext('ann', {
      engine: intercept<Engine>(stage.engine, pause.onCall),
      documents: intercept<Documents>(stage.documents, pause.onCall),
    })
    const end = send(context, version(2)).then(
      ({ kind }) => kind,
      (error: unknown) => error,
    )
    await stage.pass(3 * limits.leaseMs)
    if (!pause.isStopped()) return undefined
    const next = await stage.settle(send(stage.createContext('bob'), version(3)))
    expect(next.kind).toBe('converged')
    const written = stage.engine.world.services.get('shop_test_web')?.specVersion
    pause.wake()
    const outcome = await stage.settle(end)
    const isUntouched = stage.engine.world.services.get('shop_test_web')?.specVersion === written
    return { outcome, isUntouched, image: await imageOf(stage), states: await listStates(stage) }
  }

  it('does no harm on waking, wherever it was stopped', async () => {
    const outcomes = new Set<unknown>()
    for (let call = 1; ; call += 1) {
      const end = await stopAt(call)
      if (end === undefined) break
      const { outcome, isUntouched, image, states } = end
      // Before it had begun it is a deployment like any other; after it had ended there is nothing to lose.
      const isWhole = outcome === 'converged' || outcome instanceof LostLeaseError
      expect({ call, outcome, isWhole }).toMatchObject({ isWhole: true })
      expect({ call, isUntouched }).toEqual({ call, isUntouched: image === 'web:3' })
      expect(states).not.toContain('running')
      outcomes.add(outcome instanceof LostLeaseError ? `lost, ${image}` : outcome)
    }
    expect(outcomes).toEqual(new Set(['converged', 'lost, web:3']))
  }, 60_000)
})

describe('a deployment that is handed over', () => {
  const leave = async (stage: Stage, app: App, afterMs: number): Promise<HandedOverError> => {
    const controller = new AbortController()
    const work = send(stage.createContext('ann'), app, listen(controller.signal))
    work.catch(() => {})
    await stage.pass(afterMs)
    controller.abort(new Error('Ctrl-C'))
    return stage.settle(work).then(
      () => expect.unreachable(),
      (error: unknown) => {
        expect(error).toBeInstanceOf(HandedOverError)
        return error as HandedOverError
      },
    )
  }

  it('is finished at once by whoever brings the token, with one receipt', async () => {
    const stage = openStage()
    const { token } = await leave(stage, version(1), 300)
    const beganMs = stage.clock.now()
    const options = listen()
    const outcome = await stage.settle(resume(stage.createContext('child'), { ref, token }, options))
    expect(outcome).toMatchObject({ kind: 'converged', deployment: 1 })
    expect(outcome.receipt.resumedBy).toMatchObject([{ owner: 'child' }])
    expect(stage.clock.now() - beganMs).toBeLessThan(limits.renewEveryMs)
    expect(await listStates(stage)).toEqual(['converged'])
  })

  it('is kept for the token first, then anybody may take it', async () => {
    const stage = openStage()
    await leave(stage, version(1), 300)
    const beganMs = stage.clock.now()
    expect((await stage.settle(resume(stage.createContext('bob'), { ref }, listen()))).kind).toBe('converged')
    expect(stage.clock.now() - beganMs).toBeGreaterThan(limits.handOverMs - 2_000)
  })

  it('goes back when a secret is still to be created and its value was not passed on', async () => {
    const stage = openStage()
    const secret = createFile('key', 'abc')
    const app = createApp([createService('web')], { secrets: [secret] })
    await stage.settle(send(stage.createContext('ann'), version(1)))
    const context = stage.createContext('ann')
    const controller = new AbortController()
    const values = { [secret.engineName]: new Uint8Array([1]) }
    const work = deploy(context, { app, secrets: values, author: 'ann' }, listen(controller.signal))
    controller.abort(new Error('Ctrl-C'))
    await expect(stage.settle(work)).rejects.toThrow('Ctrl-C')
    const whole = await stage.settle(deploy(context, { app, secrets: {}, author: 'ann' }, listen()))
    expect(whole).toMatchObject({ kind: 'rolled-back', receipt: { causes: [{ kind: 'secret' }] } })
    expect(whole.receipt.causes[0]?.message).toContain('secret key')
    expect(await imageOf(stage)).toBe('web:1')
    expect((await stage.settle(deploy(context, { app, secrets: values, author: 'ann' }, listen()))).kind).toBe(
      'converged',
    )
  })
})

describe('resume', () => {
  it('follows an owner who is alive to the end, and tells what it sees', async () => {
    const stage = openStage()
    stage.engine.setImage('web:1', { startMs: 30_000, run: { kind: 'serves' } })
    const first = send(stage.createContext('ann'), version(1))
    await stage.pass(1_000)
    const options = listen()
    const seen = await stage.settle(resume(stage.createContext('bob'), { ref }, options))
    expect(seen).toEqual(await first)
    expect(options.events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['phase', 'task', 'service', 'end']))
    expect(seen.receipt.resumedBy).toEqual([])
  })

  it('says how it ended also when that happens while it looks at the engine', async () => {
    const stage = openStage()
    stage.engine.setImage('web:1', { startMs: 30_000, run: { kind: 'serves' } })
    const first = send(stage.createContext('ann'), version(1))
    await stage.pass(1_000)
    const engine = intercept<Engine>(stage.engine, (make) => first.then(make))
    const seen = await stage.settle(resume(stage.createContext('bob', { engine }), { ref }, listen()))
    expect(seen).toEqual(await first)
  })

  it('takes over when the owner it follows falls silent', async () => {
    const stage = openStage()
    stage.engine.setImage('web:1', { startMs: 60_000, run: { kind: 'serves' } })
    const pause = createPause()
    const context = stage.createContext('ann', {
      engine: intercept<Engine>(stage.engine, pause.onCall),
      documents: intercept<Documents>(stage.documents, pause.onCall),
    })
    send(context, version(1)).catch(() => {})
    await stage.pass(1_000)
    const second = resume(stage.createContext('bob'), { ref }, listen())
    await stage.pass(10_000)
    pause.stop()
    const outcome = await stage.settle(second)
    expect(outcome).toMatchObject({ kind: 'converged', receipt: { resumedBy: [{ owner: 'bob' }] } })
  })

  it('says that nothing is running', async () => {
    const stage = openStage()
    await stage.settle(send(stage.createContext('ann'), version(1)))
    const work = stage.settle(resume(stage.createContext('bob'), { ref }, listen()))
    await expect(work).rejects.toMatchObject({ code: 'not-found' })
  })
})
