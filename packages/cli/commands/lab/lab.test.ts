import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitStatus } from '../../exit-status.ts'
import { openTestCli } from '../../test-cli.ts'
import type { TestCli } from '../../test-cli.ts'

const record = {
  phase: 'up',
  subnetIndex: 7,
  registryPort: 5099,
  nodes: 2,
  managers: 1,
  zones: 2,
  heartbeatMs: 5000,
  diskBytes: 4 * 1024 ** 3,
}

const bareRecord = { ...record, kind: 'bare', managers: 0 }

/** Labs that are recorded and do not run; the machine's own labs are of another home. */
const openWithLabs = (...names: readonly string[]): TestCli => {
  const cli = openTestCli()
  for (const name of names) writeLab(cli, { ...record, name })
  return cli
}

const writeLab = (cli: TestCli, lab: { readonly name: string }): void => {
  mkdirSync(join(cli.folder, lab.name))
  writeFileSync(join(cli.folder, lab.name, 'lab.json'), JSON.stringify(lab))
}

const run = (cli: TestCli, ...words: readonly string[]) =>
  cli.run(['lab', ...words], { variables: { ATOLL_LAB_HOME: cli.folder } })

describe('lab ls', () => {
  test('says how to make one when there is none', async () => {
    using cli = openWithLabs()
    expect(await run(cli, 'ls')).toMatchObject({ status: exitStatus.good, stdout: expect.stringContaining('lab up') })
  })

  test('lists labs, and folders of which no record is left', async () => {
    using cli = openWithLabs('dev')
    mkdirSync(join(cli.folder, 'ghost'))
    const { stdout } = await run(cli, 'ls')
    expect(stdout).toMatch(/^dev +2 +1 +10\.231\.7\.0\/24 +127\.0\.0\.1:5099 +up$/m)
    expect(stdout).toMatch(/^ghost +remains only/m)
  })

  test('as data it gives sockets', async () => {
    using cli = openWithLabs('dev')
    const [lab] = JSON.parse((await run(cli, 'ls', '--json')).stdout) as { nodes: { socket: string }[] }[]
    expect(lab?.nodes[1]?.socket).toBe(join(cli.folder, 'dev/node-2/docker.sock'))
  })
})

describe('which lab is meant', () => {
  test('none: says what makes one', async () => {
    using cli = openWithLabs()
    const { status, stderr } = await run(cli, 'cut', 'node-1')
    expect({ status, stderr }).toEqual({ status: exitStatus.failed, stderr: expect.stringContaining('"atoll lab up"') })
  })

  test('several and none called dev: says which there are', async () => {
    using cli = openWithLabs('left', 'right')
    const { status, stderr } = await run(cli, 'kill', 'node-1')
    expect({ status, stderr }).toEqual({
      status: exitStatus.badInput,
      stderr: expect.stringContaining('left, or right'),
    })
  })

  test('a node that is not there is bad input, with those that are', async () => {
    using cli = openWithLabs('left', 'dev')
    const { status, stderr } = await run(cli, 'pause', 'node-9')
    expect({ status, stderr }).toEqual({
      status: exitStatus.badInput,
      stderr: expect.stringContaining('find node-9 in lab dev: there are node-1, node-2'),
    })
  })

  test('down removes nothing by guess', async () => {
    using cli = openWithLabs('left', 'dev')
    expect((await run(cli, 'down')).status).toBe(exitStatus.badInput)
    expect((await run(cli, 'ls')).stdout).toMatch(/^left /m)
  })

  test('an absent one, by name, is an error with the way out', async () => {
    using cli = openWithLabs('dev')
    const { status, stderr } = await run(cli, 'status', '--name', 'other')
    expect({ status, stderr }).toEqual({
      status: exitStatus.failed,
      stderr: expect.stringContaining('lab up --name other'),
    })
  })
})

describe('a lab that is off', () => {
  test('status shows its nodes as off, in text and as data', async () => {
    using cli = openWithLabs('dev')
    const { stdout } = await run(cli, 'status')
    expect(stdout).toMatch(/^node-2 +b +10\.231\.7\.12 +off +none +unknown/m)
    expect(JSON.parse((await run(cli, 'status', '--json')).stdout)).toMatchObject({
      isRegistryUp: false,
      nodes: [{ name: 'node-1', power: 'off' }, { power: 'off' }],
    })
  })

  test('what needs a running node says how to start it', async () => {
    using cli = openWithLabs('dev')
    for (const verb of ['pause', 'resume', 'fill', 'free', 'reboot'] as const) {
      const { status, stderr } = await run(cli, verb, '2')
      expect({ status, stderr }).toEqual({
        status: exitStatus.failed,
        stderr: expect.stringContaining('"atoll lab start node-2 --name dev"'),
      })
    }
  })
})

describe('lab up', () => {
  test.each([
    ['--managers', '2'],
    ['--nodes', '21'],
    ['--name', 'a.b'],
    ['--bare', '--managers=1'],
  ])('%s %s is bad input', async (...words) => {
    using cli = openWithLabs()
    expect((await run(cli, 'up', ...words)).status).toBe(exitStatus.badInput)
  })
})

describe('a bare lab', () => {
  const openBare = (): TestCli => {
    const cli = openWithLabs()
    writeLab(cli, { ...bareRecord, name: 'metal' })
    return cli
  }

  test('status tells how to log in, and nothing of a Swarm', async () => {
    using cli = openBare()
    const identityFile = join(cli.folder, 'metal/ssh/id_ed25519')
    const { stdout } = await run(cli, 'status')
    expect(stdout).toMatch(/^NODE +ZONE +ADDRESS +POWER +LINK +DISK$/m)
    expect(stdout).toContain(`-i ${identityFile} `)
    expect(stdout).toMatch(/^ssh .* root@10\.231\.7\.12$/m)
    const [first] = (JSON.parse((await run(cli, 'status', '--json')).stdout) as { nodes: object[] }).nodes
    expect(first).toMatchObject({ address: '10.231.7.11', ssh: { user: 'root', port: 22, identityFile } })
    expect(first).not.toHaveProperty('socket')
  })

  test('ssh to a node that is off says how to start it', async () => {
    using cli = openBare()
    const { status, stderr } = await run(cli, 'ssh', 'node-1', '--', 'true')
    expect({ status, stderr }).toEqual({
      status: exitStatus.failed,
      stderr: expect.stringContaining('"atoll lab start node-1 --name metal"'),
    })
  })

  test('ssh to a node of another lab says what to use instead', async () => {
    using cli = openWithLabs('dev')
    const { status, stderr } = await run(cli, 'ssh', 'node-1')
    expect({ status, stderr }).toEqual({
      status: exitStatus.badInput,
      stderr: expect.stringContaining('"atoll lab exec"'),
    })
  })
})
