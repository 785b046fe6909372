import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { openTestLab, type TestLab } from '@atoll/lab/testing'
import { expect } from 'vitest'
import { z } from 'zod'
import { end, type Ended } from '../world.ts'

const bin = join(import.meta.dirname, '../../../bin/atoll')

const installedSchema = z.object({
  kind: z.literal('installed'),
  link: z.string(),
  doors: z.array(z.object({ node: z.string(), url: z.string(), trouble: z.string().optional() })),
})

export interface Platform {
  readonly lab: TestLab
  /** Where the person keeps contexts, and where compose files are written. */
  readonly home: string
  readonly folder: string
  readonly link: string
  readonly doors: z.infer<typeof installedSchema>['doors']
  /** The flags of direct mode: every manager's engine. */
  readonly managers: readonly string[]
  start(args: readonly string[], environment?: NodeJS.ProcessEnv): ChildProcessByStdio<null, Readable, Readable>
  /** As a person on a machine of their own: nothing says where an engine is. */
  atoll(...args: readonly string[]): Promise<Ended>
  /** The same, which must end well; what it printed. */
  good(...args: readonly string[]): Promise<string>
  /** The compose file of the app that the next commands are about. */
  write(app: string, services: Readonly<Record<string, unknown>>): void
  /** Signs in by the link, once, as an owner named ann. */
  signIn(): Promise<Ended>
  findContainer(node: string, service: string): Promise<string>
  close(): Promise<void>
}

interface Install {
  /** Command line that installs it: of another tree, say. */
  readonly program?: string
  /** Flags of `init` beside the registry and the engines. */
  readonly flags?: readonly string[]
  readonly nodes?: number
}

/** A lab with three managers, and a worker unless said, and the platform on it. */
export const openPlatform = async (
  name: string,
  { program = bin, flags = [], nodes = 4 }: Install = {},
): Promise<Platform> => {
  const lab = await openTestLab({ name, nodes, managers: 3 })
  await lab.restore()
  const home = mkdtempSync(join(tmpdir(), 'atoll-home-'))
  const folder = mkdtempSync(join(tmpdir(), 'atoll-e2e-platform-'))
  const managers = lab.nodes
    .filter(({ isManager }) => isManager)
    .flatMap(({ socket }) => ['--engine', `unix://${socket}`])
  const startProgram = (path: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) => {
    const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env
    const own = { HOME: home, XDG_CONFIG_HOME: home, NO_COLOR: '1', ATOLL_LAB_HOME: '/nonexistent' }
    const env = { ...rest, ...own, ...environment }
    return spawn(path, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env })
  }
  const start: Platform['start'] = (args, environment) => startProgram(bin, args, environment)
  const atoll = (...args: readonly string[]): Promise<Ended> => end(start(args))
  const good = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await atoll(...args)
    expect(status, `atoll ${args.join(' ')}: ${stderr}${stdout}`).toBe(0)
    return stdout
  }
  const init = ['init', '--json', '--registry', lab.registry, ...flags, ...managers]
  const { status, stdout: said, stderr } = await end(startProgram(program, init))
  expect(status, `atoll init: ${stderr}${said}`).toBe(0)
  const { link, doors } = installedSchema.parse(JSON.parse(said.trim().split('\n').at(-1) ?? ''))
  const password = join(home, 'password')
  writeFileSync(password, randomBytes(12).toString('hex'))
  return {
    lab,
    home,
    folder,
    link,
    doors,
    managers,
    start,
    atoll,
    good,
    write: (app, services) => writeFileSync(join(folder, 'compose.yaml'), JSON.stringify({ name: app, services })),
    signIn: () => atoll('login', link, '--name', 'ann', '--password-file', password),
    findContainer: async (node, service) => {
      const filter = `label=com.docker.swarm.service.name=atoll_system_${service}`
      return (await lab.run(node, ['docker', 'ps', '--quiet', '--filter', filter])).trim()
    },
    close: async () => {
      await lab.down()
      for (const path of [home, folder]) rmSync(path, { recursive: true })
    },
  }
}
