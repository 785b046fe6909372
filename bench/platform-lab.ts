import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openTestLab, type TestLab } from '@atoll/lab/testing'
import { z } from 'zod'

const bin = join(import.meta.dirname, '../bin/atoll')
const installedSchema = z.object({ link: z.string() })

/** A lab of its own with the platform on it, and a person who is signed in. */
export interface PlatformLab extends AsyncDisposable {
  readonly lab: TestLab
  /** The command line in platform mode; throws unless it ends with 0. */
  readonly atoll: (args: readonly string[], cwd?: string) => Promise<string>
  /** Files of one app of one sleeping task; gives the folder. */
  readonly writeApp: (name: string) => string
}

export async function openPlatformLab(size: {
  readonly nodes: number
  readonly managers: number
}): Promise<PlatformLab> {
  const lab = await openTestLab({ name: 'bench-platform', ...size })
  const home = mkdtempSync(join(tmpdir(), 'atoll-bench-home-'))
  const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env
  const env = { ...rest, XDG_CONFIG_HOME: home, ATOLL_LAB_HOME: '/nonexistent' }
  const atoll: PlatformLab['atoll'] = (args, cwd = home) => run([bin, ...args], { cwd, env })
  const platform: PlatformLab = {
    lab,
    atoll,
    writeApp: (name) => {
      const folder = mkdtempSync(join(home, 'app-'))
      const service = {
        image: lab.images.node,
        command: ['node', '-e', sleep],
        deploy: { update_config: { monitor: '0s' } },
      }
      writeFileSync(join(folder, 'compose.yaml'), JSON.stringify({ name, services: { web: service } }))
      return folder
    },
    [Symbol.asyncDispose]: async () => {
      rmSync(home, { recursive: true })
      await lab.down()
    },
  }
  try {
    const engines = lab.nodes
      .filter(({ isManager }) => isManager)
      .flatMap(({ socket }) => ['--engine', `unix://${socket}`])
    const said = await atoll(['init', '--json', '--registry', lab.registry, ...engines])
    const { link } = installedSchema.parse(JSON.parse(said.trim().split('\n').at(-1) ?? ''))
    writeFileSync(join(home, 'password'), crypto.randomUUID())
    await atoll(['login', link, '--name', 'bench', '--password-file', join(home, 'password')])
    return platform
  } catch (error) {
    await platform[Symbol.asyncDispose]()
    throw error
  }
}

const sleep = 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000)'

/** Gives what was printed; throws with what was said when the program fails. */
export function run(
  [program = '', ...args]: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let [said, complained] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(said)
      else reject(new Error(`${program} ${args.join(' ')}: status ${code}: ${complained}`))
    })
  })
}

/** Milliseconds until it no longer throws; throws what it threw last when that takes too long. */
export async function timeUntil(look: () => Promise<unknown>, timeoutMs = 120_000): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    try {
      await look()
      return performance.now() - startedAt
    } catch (error) {
      if (performance.now() - startedAt > timeoutMs) throw error
      await wait(50)
    }
  }
}

/** Asks a control for its health; throws unless it says 200 within two seconds. */
export async function askHealth(address: string): Promise<void> {
  await askControl(address, '/v1/health')
}

/** What a control answers, as JSON; throws unless it says 200 within two seconds. */
export function askControl(address: string, path: string, token = ''): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
    const options = { rejectUnauthorized: false, timeout: 2_000, agent: false, headers }
    const asked = request(`https://${address}:8443${path}`, options)
    asked.on('response', (reply) => {
      let text = ''
      reply.on('data', (chunk: Buffer) => (text += chunk.toString()))
      reply.on('end', () => {
        if (reply.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`status ${reply.statusCode}`))
      })
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in 2 s')))
    asked.on('error', reject)
    asked.end()
  })
}
