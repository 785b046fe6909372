import { setTimeout as wait } from 'node:timers/promises'
import type { Platform } from '../platform/open-platform.ts'

export interface Load {
  readonly stop: () => Promise<{
    readonly answered: number
    readonly failed: readonly string[]
    readonly listed: number
  }>
}

interface Target {
  readonly port: number
  readonly nodes: readonly string[]
}

/** On a machine with more to do than processors an answer takes seconds; who is not there refuses at once. */
const answerMs = 10_000

/** Requests to the app on these nodes, and `atoll ls` over and over, until told to stop. */
export const openLoad = (platform: Platform, { port, nodes }: Target): Load => {
  const stop = new AbortController()
  const failed: string[] = []
  let answered = 0
  let listed = 0
  const ask = async (address: string): Promise<void> => {
    for (; !stop.signal.aborted; await wait(20)) {
      try {
        const reply = await fetch(`http://${address}:${port}/`, { signal: AbortSignal.timeout(answerMs) })
        if (!reply.ok) throw new Error(String(reply.status))
        await reply.text()
        answered += 1
      } catch (error) {
        failed.push(`${address}: ${String(error)}`)
      }
    }
  }
  const list = async (): Promise<void> => {
    for (; !stop.signal.aborted; await wait(500)) {
      const { status, stdout, stderr } = await platform.atoll('ls')
      if (status === 0 && stdout.includes('shop')) listed += 1
      else failed.push(`ls: ${stderr}${stdout}`)
    }
  }
  const doors = platform.doors.filter(({ node }) => nodes.includes(node))
  const work = Promise.all([...doors.map(({ url }) => ask(new URL(url).hostname)), list()])
  return {
    stop: async () => {
      stop.abort()
      await work
      return { answered, failed, listed }
    },
  }
}
