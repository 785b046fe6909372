import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '@atoll/api'
import type { Platform } from '../platform/open-platform.ts'
import { sleeper } from '../services.ts'
import { end, type Ended } from '../world.ts'

/** A small app of two tasks, with a compose file of its own. */
export interface Ship {
  readonly app: string
  readonly write: (version: string, deploy?: Readonly<Record<string, unknown>>) => void
  readonly start: () => { readonly child: ChildProcess; readonly ended: Promise<Ended> }
  readonly deploy: () => Promise<Ended>
  /** Of the tasks that run, as the engine of the first manager has them. */
  readonly versions: () => Promise<readonly string[]>
}

export function buildShip(platform: Platform, app: string): Ship {
  const file = join(platform.folder, `${app}.yaml`)
  const start = () => {
    const child = platform.start(['deploy', '-f', file])
    return { child, ended: end(child) }
  }
  return {
    app,
    start,
    write: (version, deploy = {}) => {
      const web = sleeper(platform.lab, version, { deploy: { replicas: 2, ...deploy } })
      writeFileSync(file, JSON.stringify({ name: app, services: { web } }))
    },
    deploy: () => start().ended,
    versions: () => readVersions(platform, `${app}_production_web`),
  }
}

async function readVersions({ lab }: Platform, service: string): Promise<readonly string[]> {
  const list = ['docker', 'service', 'ps', '--quiet', '--filter', 'desired-state=running', '--no-trunc', service]
  const ids = (await lab.run('node-1', list)).trim().split('\n')
  const format = '{{.Status.State}} {{range .Spec.ContainerSpec.Env}}{{.}} {{end}}'
  const said = await lab.run('node-1', ['docker', 'inspect', '--type', 'task', '--format', format, ...ids])
  const lines = said.split('\n').filter((line) => line.startsWith('running '))
  return lines.map((line) => /VERSION=(\S+)/.exec(line)?.[1] ?? '')
}

/** What became of the deployments of an app: the first one first, and the tasks that run now. */
export async function lookAt(
  client: Client,
  ship: Ship,
): Promise<{
  readonly numbers: readonly number[]
  readonly running: readonly number[]
  readonly versions: readonly string[]
}> {
  const question = { params: { app: ship.app, environment: 'production' }, query: { limit: 200 } }
  const { items } = await client.call('listDeployments', question, AbortSignal.timeout(30_000))
  return {
    numbers: items.map(({ number }) => number).toReversed(),
    running: items.filter(({ state }) => state === 'running').map(({ number }) => number),
    versions: await ship.versions(),
  }
}
