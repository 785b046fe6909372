import type { NamedService, NameAnswer } from '@atoll/engine'
import { describe, expect, it } from 'vitest'
import { chooseQuestions, isSettled, rememberTasks } from './choose-questions.ts'
import type { NameMemory } from './choose-questions.ts'
import { chooseRepair } from './choose-repair.ts'
import { judgeNames } from './judge-names.ts'
import type { Suspicion } from './judge-names.ts'
import { renderTrouble } from './render-trouble.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** `n1` is the address of a task on the node n1, in the network `net`. */
const named = (service: string, addresses: readonly string[], isUp = true): NamedService => ({
  app: 'shop',
  environment: 'test',
  service,
  dnsName: `tasks.shop_test_${service}`,
  isBesideJobs: false,
  tasks: addresses.map((address) => ({
    taskId: `${service}@${address}`,
    nodeId: address,
    networkId: 'net',
    network: 'shop_test_default',
    address,
    isUp,
    sinceMs: 0,
  })),
})
const web = named('web', ['n1', 'n2'])
const db = named('db', ['n3'])

type Names = Extract<NameAnswer, { kind: 'answered' }>['names']
const found = (service: NamedService, addresses: readonly string[]): Names[number] => ({
  kind: 'found',
  name: service.dnsName,
  addresses,
})
const judge = (names: Names, services = [web, db]): readonly string[] =>
  judgeNames({
    services,
    nodeId: 'n1',
    answer: { kind: 'answered', networkId: 'net', names },
    isSettled: ({ taskId }) => !taskId.includes('new'),
  }).map(({ service, kind }) => `${service.service} ${kind}`)

describe('an answer of a node', () => {
  const right = [found(web, ['n2', 'n1']), found(db, ['n3'])]
  const absent = { kind: 'absent' as const, name: db.dnsName }
  const silent = { kind: 'silent' as const, name: db.dnsName, code: 'ETIMEOUT' }

  it.each<[string, Names, readonly string[]]>([
    ['is right', right, []],
    ['does not know a service', [found(web, ['n1', 'n2']), absent], ['db missing']],
    [
      'gets no answer from servers outside for what it does not know',
      [found(web, ['n1', 'n2']), silent],
      ['db missing'],
    ],
    ['does not come', [silent, { ...silent, name: web.dnsName }], []],
    ['leads to what is not there any more', [found(web, ['n9']), found(db, ['n3'])], ['web wrong']],
    ['lacks a task', [found(web, ['n1']), found(db, ['n3'])], ['web incomplete']],
    ['has one that is just stopping beside the right ones', [found(web, ['n1', 'n2', 'n9']), found(db, ['n3'])], []],
    ['says nothing of what was not asked', [found(web, ['n1', 'n2'])], []],
  ])('%s', (_, names, expected) => {
    expect(judge(names)).toEqual(expected)
  })

  it('does not miss what began just now, or does not run', () => {
    expect(judge([absent], [named('db', ['new'])])).toEqual([])
    expect(judge([absent], [named('db', ['n3'], false)])).toEqual([])
    expect(judge([found(db, ['n3'])], [named('db', ['n3', 'new'])])).toEqual([])
  })
})

describe('what is asked', () => {
  const remember = (memory: NameMemory, nowMs: number, ready = ['n1', 'n2', 'n3']) =>
    rememberTasks(memory, { services: [web, db], ready: new Set(ready) }, nowMs)
  const blank = (): NameMemory => ({ asked: new Map(), upSinceMs: new Map(), suspects: new Map(), ready: new Set() })
  const ask = (memory: NameMemory, nowMs: number): readonly string[] => {
    const asked = chooseQuestions(memory, [web, db], nowMs)
    for (const { nodeId } of asked) memory.asked.set(`${nodeId} net`, nowMs)
    return asked.map(({ nodeId }) => nodeId).sort()
  }

  it('is every network of every node once its tasks are settled, and then every five minutes', () => {
    const memory = blank()
    remember(memory, 0)
    expect(ask(memory, 5_000)).toEqual([])
    expect(isSettled(memory, 10_000)(web.tasks[0]!)).toBe(true)
    expect(ask(memory, 10_000)).toEqual(['n1', 'n2', 'n3'])
    expect(ask(memory, 4 * minuteMs)).toEqual([])
    expect(ask(memory, 6 * minuteMs)).toEqual(['n1', 'n2', 'n3'])
    expect(chooseQuestions(memory, [web, db], 12 * minuteMs)[0]?.questions).toEqual([
      { networkId: 'net', names: ['tasks.shop_test_web', 'tasks.shop_test_db'] },
    ])
  })

  it('is a node that came back, everybody when a task is new, and who is suspected again soon', () => {
    const memory = blank()
    remember(memory, 0)
    ask(memory, minuteMs)
    remember(memory, 2 * minuteMs, ['n1', 'n3'])
    expect(ask(memory, 2 * minuteMs)).toEqual([])
    remember(memory, 2 * minuteMs + 1)
    expect(ask(memory, 2 * minuteMs + 1)).toEqual(['n2'])
    memory.upSinceMs.set('db@n3', 3 * minuteMs)
    expect(ask(memory, 3 * minuteMs + 10_000)).toEqual(['n1', 'n2', 'n3'])
    memory.suspects.set('n3 net tasks.x', { firstMs: 0, lastMs: 0 })
    expect(ask(memory, 3 * minuteMs + 31_000)).toEqual(['n3'])
  })
})

describe('what is restarted', () => {
  const suspicion: Suspicion = {
    service: db,
    nodeId: 'n1',
    networkId: 'net',
    network: 'shop_test_default',
    kind: 'missing',
    wanted: ['n3'],
    found: [],
  }
  const done = (service: string, atMs: number) => ({ service, atMs, reason: 'x' })
  const choose = (repairs: readonly ReturnType<typeof done>[], nowMs: number, change: Partial<Suspicion> = {}) =>
    chooseRepair({
      suspicion: { ...suspicion, ...change },
      node: 'node-1',
      repairs,
      services: [web, db, { ...named('alien', ['n1']), app: 'bank' }],
      nowMs,
    })?.service

  it('is the service first, then one that runs beside on that node, each once an hour', () => {
    expect(choose([], hourMs)).toBe('db')
    expect(choose([done('db', hourMs)], hourMs + minuteMs)).toBeUndefined()
    expect(choose([done('db', hourMs)], hourMs + 3 * minuteMs)).toBe('web')
    const both = [done('db', hourMs), done('web', hourMs + 3 * minuteMs)]
    expect(choose(both, hourMs + 30 * minuteMs)).toBeUndefined()
    expect(choose(both, 2 * hourMs)).toBe('db')
  })

  it('is nothing where one more release would run jobs again, and who is to do it is said', () => {
    const change = { service: { ...db, isBesideJobs: true } }
    expect(choose([], hourMs, change)).toBeUndefined()
    const standing = { suspicion: { ...suspicion, ...change }, node: 'node-1', sinceMs: 0, repairs: [], nowMs: 0 }
    expect(renderTrouble(standing).hint).toContain('"atoll restart db --app shop/test" mends it')
  })

  it('is nothing while some of its tasks are found, and nothing more after three in a day, which is said', () => {
    expect(choose([], hourMs, { kind: 'incomplete' })).toBeUndefined()
    const repairs = [1, 2, 3].map((hour) => done('db', hour * hourMs))
    expect(choose(repairs, 10 * hourMs)).toBeUndefined()
    expect(choose(repairs, 30 * hourMs)).toBe('db')
    const standing = { suspicion, node: 'node-1', sinceMs: 0, repairs, nowMs: 10 * hourMs }
    expect(renderTrouble(standing)).toMatchObject({
      message: 'db is not found by its name on node-1 in network shop_test_default, though it runs at n3',
      hint: 'restarting it 3 times did not help: open port 7946 (tcp and udp) between the nodes, or restart the engine of node-1',
    })
  })
})
