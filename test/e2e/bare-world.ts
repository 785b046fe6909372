import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestLab, type TestLab } from '@atoll/lab/testing'
import { openSsh, type Server } from '@atoll/server'
import { renderSshHost } from './render-ssh-host.ts'
import { end, type Ended } from './world.ts'

const bin = join(import.meta.dirname, '../../bin/atoll')

/** Servers with nothing on them, and a person with the command line and a key elsewhere. */
export interface BareWorld {
  readonly lab: TestLab
  /** Where the command line runs; `ssh_config` in it leads to every server by its name. */
  readonly folder: string
  /** The command line of somebody who is signed in to no platform. */
  readonly start: (args: readonly string[]) => ChildProcess
  readonly atoll: (...args: readonly string[]) => Promise<Ended>
  /** The same, which must end well; what it printed. */
  readonly good: (...args: readonly string[]) => Promise<string>
  /** As somebody who signs in to the platform, and has. */
  readonly signedIn: (...args: readonly string[]) => Promise<Ended>
  readonly goodSignedIn: (...args: readonly string[]) => Promise<string>
  /** `--engine` of a server, reached by ssh. */
  readonly reachEngine: (name: string) => Promise<string>
  readonly close: () => Promise<void>
}

/** How `init --on` and `node add` get in. */
export const login = ['--ssh-config', 'ssh_config'] as const

export async function openBareWorld(name: string, nodes: number): Promise<BareWorld> {
  const lab = await openTestLab({ name, bare: true, nodes })
  const folder = mkdtempSync(join(tmpdir(), `atoll-e2e-${name}-`))
  const configFile = join(folder, 'ssh_config')
  writeFileSync(configFile, lab.nodes.map(renderSshHost).join(''))
  const servers: Server[] = []
  const startAs = (configHome: string, args: readonly string[]): ChildProcess => {
    const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env
    const env = { ...rest, NO_COLOR: '1', HOME: folder, XDG_CONFIG_HOME: configHome, ATOLL_LAB_HOME: '/nonexistent' }
    return spawn(bin, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  }
  const start: BareWorld['start'] = (args) => startAs('/nonexistent', args)
  const atoll: BareWorld['atoll'] = (...args) => end(start(args))
  const signedIn: BareWorld['signedIn'] = (...args) => end(startAs(folder, args))
  return {
    lab,
    folder,
    start,
    atoll,
    signedIn,
    good: async (...args) => requireGood(args, await atoll(...args)),
    goodSignedIn: async (...args) => requireGood(args, await signedIn(...args)),
    reachEngine: async (destination) => {
      const server = await openSsh({ destination, configFile, isAlone: true })
      servers.push(server)
      return `unix://${await server.openSocket('/var/run/docker.sock')}`
    },
    close: async () => {
      await Promise.allSettled(servers.map((server) => server[Symbol.asyncDispose]()))
      await lab.down()
      rmSync(folder, { recursive: true })
    },
  }
}

const requireGood = (args: readonly string[], { status, stdout, stderr }: Ended): string => {
  if (status !== 0) throw new Error(`atoll ${args.join(' ')}: status ${status}: ${stderr}${stdout}`)
  return stdout
}
