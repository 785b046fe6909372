import { describe, expect, it } from 'vitest'
import type { LogLine, TaskLogLine, TaskLogQuery } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { LogHost } from './fill-gap.ts'
import { collectedLine, frame, gapOf, ownLine, readScripted } from './scripted-logs.ts'
import type { ScriptedLogs } from './scripted-logs.ts'

const live = new AbortController().signal
const read = (world: ScriptedLogs): Promise<readonly LogLine[]> => Array.fromAsync(readScripted(world, live))
const render = (lines: readonly LogLine[]): readonly string[] =>
  lines.map(({ taskId, text }) => `${taskId} ${text}`.trim())
const noAnswer = (who: string): string => `lines are missing: no answer from ${who}`

/** What tasks of another node say by way of somebody else, and what was asked. */
const openHost = (answer: (query: TaskLogQuery, signal: AbortSignal) => AsyncIterable<TaskLogLine>) => {
  const asked: TaskLogQuery[] = []
  const host: LogHost = {
    readLog: (query, signal) => {
      asked.push(query)
      return answer(query, signal)
    },
  }
  return { asked, host }
}

const own: ScriptedLogs['answerNode'] = (containerId, response) =>
  response.end(containerId === 'c1' ? Buffer.concat([ownLine('01'), ownLine('03')]) : ownLine('02'))

describe('a node that the manager has lost sight of', () => {
  it('is asked itself, and its lines are as those of the others, in order of time', async () => {
    const collected = Buffer.concat([collectedLine('t3', '02'), collectedLine('t4', '04'), gapOf('n1')])
    const lines = await read({ collected, answerNode: own })
    expect(render(lines)).toEqual(['t1 at 01', 't3 at 02', 't2 at 02', 't1 at 03', 't4 at 04'])
    expect(lines[2]).toEqual({
      service: 'web',
      taskId: 't2',
      slot: 2,
      nodeId: 'n1',
      stream: 'stdout',
      atMs: Date.parse('2026-11-20T10:33:02.500Z'),
      text: 'at 02',
    })
  })

  it('tells no line twice that came nevertheless, and none is lost', async () => {
    const cut = frame(3, 'warning: incomplete log stream. node n1 disconnected unexpectedly')
    const collected = Buffer.concat([collectedLine('t1', '01'), collectedLine('t2', '02'), cut])
    expect(render(await read({ collected, answerNode: own }))).toEqual(['t1 at 01', 't2 at 02', 't1 at 03'])
  })

  it('is asked for as much as everybody is', async () => {
    const urls: string[] = []
    const answerNode: ScriptedLogs['answerNode'] = (_id, response, url) => {
      urls.push(url)
      response.end()
    }
    await read({ collected: gapOf('n1'), answerNode, query: { tail: 5, sinceMs: 1_500 } })
    expect(urls).toHaveLength(2)
    expect(urls[0]).toContain(
      '/containers/c1/logs?stdout=true&stderr=true&timestamps=true&follow=false&tail=5&since=1.5',
    )
  })

  it('has nothing to tell of a container that is gone', async () => {
    const answerNode: ScriptedLogs['answerNode'] = (containerId, response) => {
      response.writeHead(containerId === 'c1' ? 404 : 200).end(containerId === 'c1' ? '{}' : ownLine('02'))
    }
    expect(render(await read({ collected: gapOf('n1'), answerNode }))).toEqual(['t2 at 02'])
  })

  it('is told as missing with its name when its own engine cannot be reached or read', async () => {
    const collected = Buffer.concat([gapOf('n2', 'n1')])
    expect(render(await read({ collected }))).toEqual([noAnswer('node-2 and node-1')])
    const broken: ScriptedLogs['answerNode'] = (_id, response) => {
      response.write(ownLine('09'), () => response.destroy())
    }
    expect(render(await read({ collected, answerNode: broken }))).toEqual(['t1 at 09', noAnswer('node-2 and node-1')])
    const unread: ScriptedLogs['answerNode'] = (_id, response) => response.end(frame(3, 'cannot be read'))
    expect(render(await read({ collected, answerNode: unread }))).toEqual([noAnswer('node-2 and node-1')])
  })

  it('is asked through somebody else when its engine is not reached from here', async () => {
    const { asked, host } = openHost(async function* ({ taskId }) {
      if (taskId === 't4') throw new EngineError('not-found', 'its container was removed')
      yield { stream: 'stderr', atMs: 1, text: 'from afar' }
    })
    const elsewhere = (nodeId: string): LogHost | undefined => (nodeId === 'n2' ? host : undefined)
    const lines = await read({ collected: gapOf('n1', 'n2'), answerNode: own, elsewhere, query: { tail: 7 } })
    expect(render(lines)).toEqual(['t3 from afar', 't1 at 01', 't2 at 02', 't1 at 03'])
    expect(lines[0]).toMatchObject({ service: 'web', nodeId: 'n2', slot: 1, stream: 'stderr' })
    expect(asked).toMatchObject([
      { taskId: 't3', follow: false, tail: 7 },
      { taskId: 't4', follow: false, tail: 7 },
    ])
  })
})

describe('a log that is followed', () => {
  it('goes on with the nodes that are there when others end or are missing, and ends with the signal', async () => {
    const stop = new AbortController()
    const answerNode: ScriptedLogs['answerNode'] = (containerId, response) => {
      if (containerId === 'c1') response.end(ownLine('01'))
      else response.write(ownLine('02'))
      const goOn = (): boolean => containerId === 'c2' && response.write(ownLine('05'))
      setTimeout(goOn, 300)
    }
    const world = { collected: gapOf('n2', 'n1'), answerNode, query: { follow: true } }
    const lines: LogLine[] = []
    for await (const line of readScripted(world, stop.signal)) {
      lines.push(line)
      if (line.text === 'at 05') stop.abort()
    }
    expect(render(lines).toSorted()).toEqual([noAnswer('node-2'), 't1 at 01', 't2 at 02', 't2 at 05'])
  })
})
