import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const bin = join(import.meta.dirname, '../../../bin/atoll')

let lab: TestLab
let folder: string
let engines: readonly string[]

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** No lab is known to it, and so no registry. */
const atoll = (...args: readonly string[]): Promise<Ended> => {
  const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env
  const env = { ...rest, HOME: folder, XDG_CONFIG_HOME: folder, NO_COLOR: '1', ATOLL_LAB_HOME: '/nonexistent' }
  return new Promise((resolve) => {
    const child = execFile(bin, args, { cwd: folder, env }, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, stdout, stderr })
    })
  })
}

const ask = (...argv: readonly string[]): Promise<string> => lab.run('node-1', ['docker', ...argv])
const listImages = async (): Promise<readonly string[]> => {
  const said = await ask('service', 'ls', '--filter', 'label=atoll.app=atoll', '--format', '{{.Name}}')
  const format = '{{.Spec.TaskTemplate.ContainerSpec.Image}}'
  return (await ask('service', 'inspect', '--format', format, ...said.trim().split('\n'))).trim().split('\n')
}
const listTasks = (): Promise<string> =>
  ask('service', 'ps', '--filter', 'desired-state=running', '--format', '{{.ID}} {{.Node}}', 'atoll_system_agent')

const leaveAndJoin = async (node: string): Promise<void> => {
  const token = (await ask('swarm', 'join-token', '--quiet', 'worker')).trim()
  const address = (await ask('node', 'inspect', 'self', '--format', '{{.Status.Addr}}')).trim()
  await lab.run(node, ['docker', 'swarm', 'leave'])
  await until(async () => (await ask('node', 'ls', '--format', '{{.Hostname}} {{.Status}}')).includes(`${node} Down`))
  await ask('node', 'rm', '--force', node)
  const own = await lab.run(node, ['docker', 'image', 'ls', '--quiet', 'atoll-system'])
  await lab.run(node, ['docker', 'image', 'rm', '--force', ...own.trim().split('\n')])
  await lab.run(node, ['docker', 'swarm', 'join', '--token', token, `${address}:2377`])
}

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  for (const deadline = AbortSignal.timeout(150_000); !(await isSo()); await delay(300)) deadline.throwIfAborted()
}

beforeAll(async () => {
  lab = await openTestLab({ name: 'init', nodes: 2, managers: 1 })
  await lab.restore()
  folder = mkdtempSync(join(tmpdir(), 'atoll-init-'))
  engines = lab.nodes.flatMap(({ socket }) => ['--engine', `unix://${socket}`])
})
afterAll(async () => {
  await lab?.down()
  rmSync(folder, { recursive: true })
})

describe('atoll init without a registry', () => {
  test('names the nodes it cannot reach, and changes nothing', async () => {
    const { status, stderr } = await atoll('init', ...engines.slice(0, 2))
    expect(status).toBe(1)
    expect(stderr).toMatch(/node-2 .* cannot be reached/)
    expect(stderr).toContain('--engine ssh://root@')
    expect(await ask('secret', 'ls', '--quiet')).toBe('')
  })

  test('loads an image that was made elsewhere into every engine, and starts it by its id', async () => {
    expect((await atoll('image', 'save', 'image.tar.gz')).stdout).toContain('image.tar.gz: atoll-system:')
    const { status, stdout, stderr } = await atoll('init', '--image', 'image.tar.gz', ...engines)
    expect(status, stderr).toBe(0)
    expect(stdout).toContain('atoll login')
    expect(await listImages()).toEqual(Array.from({ length: 4 }, () => expect.stringMatching(/^sha256:[0-9a-f]{64}$/)))
  })

  test('a second time changes nothing', async () => {
    const [images, tasks] = await Promise.all([listImages(), listTasks()])
    const { status, stderr } = await atoll('init', ...engines)
    expect(status, stderr).toBe(0)
    expect(await listImages()).toEqual(images)
    expect(await listTasks()).toBe(tasks)
  })

  test('doctor names a node that joined later, and init mends it', async () => {
    await leaveAndJoin('node-2')
    const said = 'node-2 lacks the image of the platform'
    await until(async () => (await atoll('doctor', ...engines)).stdout.includes(said))
    const { status, stderr } = await atoll('init', ...engines)
    expect(status, stderr).toBe(0)
    await until(async () => !(await atoll('doctor', ...engines)).stdout.includes(said))
  })

  test('goes over to a registry when one is named', async () => {
    const { status, stderr } = await atoll('init', '--registry', lab.registry, ...engines.slice(0, 2))
    expect(status, stderr).toBe(0)
    const pushed = `${lab.registry}/atoll/system:latest@sha256:`
    expect(await listImages()).toEqual(Array.from({ length: 4 }, () => expect.stringContaining(pushed)))
  })
})
