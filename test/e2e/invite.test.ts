import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestLab, type TestLab } from '@atoll/lab/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copyCheckout } from './copy-checkout.ts'
import { renderSshHost } from './render-ssh-host.ts'
import { end, nodesSchema, until, type Ended } from './world.ts'

const bin = join(import.meta.dirname, '../../bin/atoll')

/** A cluster that was begun on its first server, and a second one that comes by itself. */
describe('a server that nobody logs in to', () => {
  let lab: TestLab
  let folder: string
  beforeAll(async () => {
    lab = await openTestLab({ name: 'invite', bare: true, nodes: 2 })
    folder = mkdtempSync(join(tmpdir(), 'atoll-e2e-invite-'))
    writeFileSync(join(folder, 'ssh_config'), lab.nodes.map(renderSshHost).join(''))
    writeFileSync(join(folder, 'password'), 'correct horse battery\n')
    for (const { name } of lab.nodes) await copyCheckout(folder, name)
    const made = await onServer('node-1', 'init --zone a --yes')
    expect(made.status, made.stderr).toBe(0)
    const link = /atoll login '([^']+)'/.exec(made.stdout)?.[1] ?? ''
    const welcome = await atoll('login', link, '--name', 'ann', '--password-file', 'password')
    expect(welcome.status, welcome.stderr).toBe(0)
  })
  afterAll(async () => {
    await lab?.down()
    rmSync(folder, { recursive: true })
  })

  /** As a person elsewhere, who is signed in. */
  const atoll = (...args: readonly string[]): Promise<Ended> => {
    const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env
    const env = { ...rest, NO_COLOR: '1', XDG_CONFIG_HOME: folder, ATOLL_LAB_HOME: '/nonexistent' }
    return end(spawn(bin, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }))
  }
  /** As root at the console of a server. */
  const onServer = (name: string, line: string): Promise<Ended> => {
    const argv = ['-F', 'ssh_config', name, `/opt/atoll/bin/atoll ${line}`]
    return end(spawn('ssh', argv, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }))
  }
  const nodes = async () => {
    const { stdout } = await atoll('node', 'ls', '--json')
    return nodesSchema.parse(JSON.parse(stdout)).map(({ name, role }) => `${name} ${role}`)
  }
  let line = ''

  test('is invited by a line for its console', async () => {
    const invited = await atoll('node', 'invite', '--zone', 'b')
    expect(invited.status, invited.stderr).toBe(0)
    expect(invited.stdout).toMatch(/^atoll (node join 'https:\/\/[^']+')\n$/)
    line = invited.stdout.trim().slice('atoll '.length)
  })

  test.each([
    [4789, 'udp', '(4789/udp)'],
    [2377, 'tcp', 'node-1 does not reach node-2 at 2377/tcp'],
  ])('is refused while %d/%s is closed, with the remedy, and is out again', async (port, protocol, said) => {
    const drop = `INPUT -i eth0 -p ${protocol} --dport ${port} -j DROP`
    await lab.ssh('node-2', [`apt-get -qq update && apt-get -qq install iptables >/dev/null; iptables -I ${drop}`])
    const refused = await onServer('node-2', line)
    await lab.ssh('node-2', [`iptables -D ${drop}`])
    expect(refused.status, refused.stderr).toBe(1)
    expect(refused.stderr).toContain(said)
    expect(refused.stderr).toContain(`--dport ${port}`)
    expect(await nodes()).toEqual(['node-1 leader'])
    expect(await lab.ssh('node-2', ["docker info --format '{{.Swarm.LocalNodeState}}'"])).toMatch(/^inactive/)
  })

  test('becomes a node by the same command when it is mended, proven, with its zone and its role', async () => {
    const joined = await onServer('node-2', line)
    expect(joined.status, joined.stderr).toBe(0)
    expect(joined.stdout).toContain('node-2 is a node (manager, zone b')
    expect(joined.stdout).toContain('proven with node-1')
    expect(await nodes()).toEqual(['node-1 leader', 'node-2 manager'])
    expect((await atoll('node', 'invite', 'ls')).stdout).toContain('joined from')
    expect((await atoll('ls')).stdout).not.toContain('proof')
    const audit = (await atoll('audit')).stdout
    for (const action of ['inviteServer', 'joinCluster', 'settleJoin']) expect(audit).toContain(action)
    const address = lab.nodes.find(({ name }) => name === 'node-2')?.address
    const get = ['--silent', '--insecure', '--max-time', '3', `https://${address}:8443/v1/health`]
    const isServed = async () => (await end(spawn('curl', get, { stdio: ['ignore', 'pipe', 'pipe'] }))).stdout
    await until('the API on the new node', isServed, (said) => said.includes('{'))
  })

  test('is a node already by the same command, which is of no use to another server', async () => {
    const again = await onServer('node-2', line)
    expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining('is a node already') as string })
    await lab.ssh('node-2', ['rm /var/lib/atoll/seat'])
    const stranger = await onServer('node-2', line)
    expect(stranger).toMatchObject({ status: 1, stderr: expect.stringContaining('used by another server') as string })
  })
})
