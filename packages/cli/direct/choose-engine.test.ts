import { describe, expect, test } from 'vitest'
import type { Lab } from '@atoll/lab'
import { chooseEngine } from './choose-engine.ts'

const lab = (name: string): Lab =>
  ({
    name,
    registry: '127.0.0.1:5005',
    nodes: [
      { socket: `/labs/${name}/1.sock`, isManager: true },
      { socket: `/labs/${name}/2.sock`, isManager: true },
      { socket: `/labs/${name}/3.sock`, isManager: false },
    ],
  }) as unknown as Lab

const local = { name: 'unix:///var/run/docker.sock', isThere: true, isContext: false }
const nothing = { ...local, isThere: false }
const choose = (choices: Partial<Parameters<typeof chooseEngine>[0]>) =>
  chooseEngine({ engines: [], variables: {}, labs: [], fallback: local, ...choices })

describe('which engine', () => {
  test('the flag before the environment', () => {
    const variables = { DOCKER_HOST: 'tcp://other:2375' }
    expect(choose({ engines: ['ssh://node-1'], variables }).engines).toEqual(['ssh://node-1'])
    expect(choose({ variables }).engines).toEqual(['tcp://other:2375'])
  })

  test('a docker context before a lab, a lab before this machine', () => {
    const labs = [lab('dev')]
    expect(choose({ labs, fallback: { ...local, isContext: true } }).engines).toEqual([])
    expect(choose({ labs }).engines).toEqual(['unix:///labs/dev/1.sock', 'unix:///labs/dev/2.sock'])
    expect(choose({}).engines).toEqual([])
  })

  test('a manager of a lab brings the others and the registry', () => {
    const chosen = choose({ engines: ['unix:///labs/dev/2.sock'], labs: [lab('dev')] })
    expect(chosen.engines).toEqual(['unix:///labs/dev/2.sock', 'unix:///labs/dev/1.sock'])
    expect(chosen.registry).toBe('127.0.0.1:5005')
  })

  test('labs of tests are never chosen by themselves', () => {
    expect(choose({ labs: [lab('dev'), lab('test-1')] }).name).toBe('lab dev')
    expect(() => choose({ labs: [lab('test-1')], fallback: nothing })).toThrow('no other is named')
  })

  test('of several labs `dev`', () => expect(choose({ labs: [lab('a'), lab('dev')] }).name).toBe('lab dev'))

  test('several labs and nothing else: says which there are', () => {
    expect(() => choose({ labs: [lab('a'), lab('b')], fallback: nothing })).toThrow('2 labs: a, b')
  })
})
