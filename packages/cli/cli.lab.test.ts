import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../bin/atoll', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'atoll-cli-'))
let lab: TestLab

beforeAll(async () => {
  lab = await openTestLab()
  await lab.restore()
  writeFileSync(join(folder, 'compose.yaml'), compose(lab.images.node, 1))
})

afterAll(async () => {
  await start(['rm', '--yes', '--volumes']).ended
  rmSync(folder, { recursive: true })
})

const compose = (image: string, version: number): string =>
  JSON.stringify({
    name: 'clitest',
    services: {
      web: {
        image,
        command: ['node', '-e', `console.log("version ${version}");setInterval(()=>{},1000)`],
        secrets: ['key'],
        deploy: { replicas: 3, update_config: { parallelism: 1, delay: '2s' } },
      },
    },
    secrets: { key: { environment: 'KEY' } },
  })

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const start = (args: readonly string[]) => {
  const env = { ...process.env, DOCKER_HOST: `unix://${lab.nodes[0]?.socket}`, KEY: 'sesame' }
  const child = spawn(bin, args, { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end()
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  const ended = once(child, 'close').then(([status]): Ended => ({ status: status as number | null, ...said }))
  const saw = async (text: string): Promise<void> => {
    while (!said.stderr.includes(text)) await once(child.stderr, 'data')
  }
  return { child, ended, saw }
}

const atoll = (...args: readonly string[]): Promise<Ended> => start(args).ended

describe('the command line on real engines', () => {
  test('plans, deploys, shows and follows', async () => {
    expect((await atoll('plan')).status).toBe(3)
    expect(await atoll('deploy')).toMatchObject({ status: 0, stdout: expect.stringContaining('is at release 1') })
    expect((await atoll('plan')).status).toBe(0)
    expect((await atoll('status')).stdout).toMatch(/^web +3\/3 +good/m)
    expect((await atoll('logs', 'web')).stdout).toMatch(/^web\.\d node-\d │ version 1$/m)
    expect(await atoll('exec', 'web', '--', 'cat', '/run/secrets/key')).toMatchObject({ status: 0, stdout: 'sesame' })
    expect((await atoll('exec', 'web', '--', 'sh', '-c', 'exit 7')).status).toBe(7)
    expect((await atoll('doctor')).stdout).toContain('node-2 is ready')
  })

  test('Ctrl-C hands the deployment to the background, which finishes it', async () => {
    writeFileSync(join(folder, 'compose.yaml'), compose(lab.images.node, 2))
    const deploy = start(['deploy'])
    await deploy.saw('update service web')
    deploy.child.kill('SIGINT')
    expect(await deploy.ended).toMatchObject({ status: 130, stderr: expect.stringContaining('in the background') })
    expect((await atoll('deploy')).status).toBe(6)
    expect((await atoll('resume')).status).toBe(0)
    const receipt: unknown = JSON.parse((await atoll('receipt', '--json')).stdout)
    expect(receipt).toMatchObject({ state: 'converged', release: 2, resumedBy: [expect.anything()] })
    expect((await atoll('plan')).status).toBe(0)
  })

  test('killed outright it is finished by the next who asks', async () => {
    writeFileSync(join(folder, 'compose.yaml'), compose(lab.images.node, 3))
    const deploy = start(['deploy'])
    await deploy.saw('update service web')
    deploy.child.kill('SIGKILL')
    await deploy.ended
    expect((await atoll('resume')).status).toBe(0)
    expect((await atoll('plan')).status).toBe(0)
  })
})
