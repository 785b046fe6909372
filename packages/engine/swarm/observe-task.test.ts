import { describe, expect, it } from 'vitest'
import { observeTasks } from './observe-task.ts'
import { serviceReply, taskReply } from './replies.ts'

const at = (second: number): string => `2026-11-20T10:00:${String(second).padStart(2, '0')}.123456789Z`
const template = (text: string) => ({ ContainerSpec: { Image: 'a@sha256:1', Args: [text] }, ForceUpdate: 0 })

const service = (change: object = {}) =>
  serviceReply.parse({
    ID: 's',
    Version: { Index: 7 },
    CreatedAt: at(0),
    UpdatedAt: at(0),
    Spec: {
      Name: 'web',
      TaskTemplate: { ...template('new'), Runtime: 'container', Placement: { Constraints: ['x==y'] } },
    },
    ...change,
  })

const task = (change: object = {}) =>
  taskReply.parse({
    ID: 't',
    Version: { Index: 9 },
    CreatedAt: at(5),
    UpdatedAt: at(6),
    ServiceID: 's',
    Slot: 1,
    NodeID: 'n',
    Spec: template('new'),
    Status: {
      Timestamp: at(6),
      State: 'running',
      Message: 'started',
      ContainerStatus: { ContainerID: 'c', ExitCode: 0 },
    },
    DesiredState: 'running',
    ...change,
  })

const isCurrent = (one: ReturnType<typeof service>, other: ReturnType<typeof task>): boolean | undefined =>
  observeTasks(one, [other])[0]?.isCurrent

describe('a task', () => {
  it('is told in our words', () => {
    expect(observeTasks(service(), [task()])).toEqual([
      {
        id: 't',
        slot: 1,
        nodeId: 'n',
        image: 'a@sha256:1',
        isCurrent: true,
        desired: 'running',
        state: 'running',
        message: 'started',
        containerId: 'c',
        sinceMs: Date.parse('2026-11-20T10:00:06.123Z'),
        createdAtMs: Date.parse('2026-11-20T10:00:05.123Z'),
      },
    ])
  })

  it('has an exit status only at its end', () => {
    const Status = {
      Timestamp: at(6),
      State: 'failed',
      Err: 'task: non-zero exit (3)',
      ContainerStatus: { ExitCode: 3 },
    }
    expect(observeTasks(service(), [task({ Status })])[0]).toMatchObject({
      exitCode: 3,
      error: 'task: non-zero exit (3)',
    })
  })

  it('is current when made from the present specification, wherever it may be placed', () => {
    expect(isCurrent(service(), task())).toBe(true)
    expect(isCurrent(service(), task({ Spec: template('old') }))).toBe(false)
    expect(isCurrent(service(), task({ Spec: { ...template('new'), ForceUpdate: 1 } }))).toBe(false)
  })

  it('that ended before the update began belongs to an earlier time', () => {
    const updated = service({ UpdateStatus: { State: 'updating', StartedAt: at(20) } })
    expect(isCurrent(updated, task({ DesiredState: 'shutdown' }))).toBe(false)
    expect(isCurrent(updated, task())).toBe(true)
    expect(isCurrent(updated, task({ DesiredState: 'shutdown', CreatedAt: at(21) }))).toBe(true)
  })
})
