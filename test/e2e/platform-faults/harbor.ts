import { get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { TestLab } from '@atoll/lab/testing'
import { openPlatform, type Platform } from '../platform/open-platform.ts'
import { connectTo, type Controls } from './connect.ts'
import { openWitness, type Witness } from './witness.ts'

/** A platform somebody is signed in to, with a witness that reads and writes all the time. */
export interface Harbor {
  readonly platform: Platform
  readonly lab: TestLab
  readonly controls: Controls
  readonly witness: Witness
  readonly addressOf: (node: string) => string
  readonly managers: readonly string[]
  /** Undoes every fault; an engine that came back in the middle of an election and hangs is given another power cut. */
  readonly restore: () => Promise<void>
  /** The manager that leads, as one that is up says. */
  readonly findLeader: () => Promise<string>
  readonly close: () => Promise<void>
}

export async function openHarbor(name: string): Promise<Harbor> {
  const platform = await openPlatform(name)
  const { lab } = platform
  await platform.signIn()
  const controls = connectTo(platform.home)
  return {
    platform,
    lab,
    controls,
    witness: openWitness(platform, controls),
    addressOf: (node) => lab.nodes.find((each) => each.name === node)?.address ?? '',
    managers: lab.nodes.filter(({ isManager }) => isManager).map((node) => node.name),
    restore: () => lab.restore().catch(() => startHanging(lab)),
    findLeader: async () => {
      const said = await lab.run('node-1', ['docker', 'node', 'ls', '--format', '{{.Hostname}} {{.ManagerStatus}}'])
      const line = said.split('\n').find((each) => each.endsWith('Leader'))
      return line?.split(' ')[0] ?? ''
    },
    close: async () => {
      controls.close()
      await platform.close()
    },
  }
}

async function startHanging(lab: TestLab): Promise<void> {
  const format = '{{.Hostname}} {{.Status}}'
  const said = await lab.run('node-1', ['docker', 'node', 'ls', '--format', format])
  const down = said.split('\n').filter((line) => line !== '' && !line.endsWith(' Ready'))
  for (const line of down) await lab.kill(line.split(' ')[0] ?? '')
  await lab.restore()
}

/** Asks a server again and again; gives how often it answered and how often not. */
export async function callOften(
  url: string,
  isOver: () => boolean,
): Promise<{ readonly answered: number; readonly failed: number }> {
  const counted = { answered: 0, failed: 0 }
  while (!isOver()) {
    counted[(await isAnswered(url)) ? 'answered' : 'failed'] += 1
    await wait(100)
  }
  return counted
}

const isAnswered = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = get(url, { timeout: 2_000, agent: false }, (reply) => {
      reply.resume()
      resolve(reply.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')))
    asked.on('error', () => resolve(false))
  })
