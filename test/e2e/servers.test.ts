import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestLab, type TestLab } from '@atoll/lab/testing'
import { openSsh, type Server } from '@atoll/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { renderSshHost } from './render-ssh-host.ts'
import { server } from './services.ts'
import { end, nodesSchema, until, type Ended } from './world.ts'

const root = join(import.meta.dirname, '../..')
const bin = join(root, 'bin/atoll')

/** Servers with nothing on them, and a person with the command line and a key elsewhere. */
describe('from bare servers to a cluster', () => {
  let lab: TestLab
  let folder: string
  let first: Server
  let engine: string
  beforeAll(async () => {
    lab = await openTestLab({ name: 'servers', bare: true, nodes: 3 })
    folder = mkdtempSync(join(tmpdir(), 'atoll-e2e-servers-'))
    writeFileSync(join(folder, 'ssh_config'), lab.nodes.map(renderSshHost).join(''))
  })
  afterAll(async () => {
    await first?.[Symbol.asyncDispose]()
    await lab?.down()
    rmSync(folder, { recursive: true })
  })

  const login = ['--ssh-config', 'ssh_config']
  const run = (configHome: string, args: readonly string[]): Promise<Ended> => {
    const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env
    const env = { ...rest, NO_COLOR: '1', XDG_CONFIG_HOME: configHome, ATOLL_LAB_HOME: '/nonexistent' }
    return end(spawn(bin, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }))
  }
  const atoll = (...args: readonly string[]): Promise<Ended> => run('/nonexistent', args)
  /** As somebody who signed in to the platform. */
  const signedIn = (...args: readonly string[]): Promise<Ended> => run(folder, args)
  let link = ''
  const add = (name: string, ...args: readonly string[]) =>
    atoll('node', 'add', name, ...login, '--engine', engine, ...args)
  const nodes = async () => {
    const { stdout } = await atoll('node', 'ls', '--json', '--engine', engine)
    return nodesSchema.parse(JSON.parse(stdout)).map(({ name, role }) => `${name} ${role}`)
  }

  test('init makes the first of a server with nothing on it, with the platform', async () => {
    const { status, stdout, stderr } = await atoll('init', '--on', 'node-1', ...login, '--zone', 'a')
    expect(status, stderr).toBe(0)
    expect(stdout).toContain(`https://${lab.nodes[0]?.address}:8443`)
    link = /atoll login '([^']+)'/.exec(stdout)?.[1] ?? ''
    expect(link, stdout).not.toBe('')
    first = await openSsh({ destination: 'node-1', configFile: join(folder, 'ssh_config'), isAlone: true })
    engine = `unix://${await first.openSocket('/var/run/docker.sock')}`
    expect(await nodes()).toEqual(['node-1 leader'])
  })

  test('init once more changes nothing', async () => {
    const before = await lab.ssh('node-1', ['cat /etc/docker/daemon.json /etc/rc.local; docker node inspect self'])
    const { status, stderr } = await atoll('init', '--on', 'node-1', ...login)
    expect(status, stderr).toBe(0)
    expect(await lab.ssh('node-1', ['cat /etc/docker/daemon.json /etc/rc.local; docker node inspect self'])).toBe(
      before,
    )
  })

  describe('a server that is of no use yet says why, and what helps', () => {
    const node = (name: string) => lab.nodes.find((each) => each.name === name)!
    const keyOf = (name: string) => lab.ssh(name, ['cat /etc/ssh/ssh_host_ed25519_key.pub'])
    /** What ssh is told first counts. */
    const addBy = async (name: string, lines: readonly string[]): Promise<Ended> => {
      const config = [`Host ${name}`, ...lines, renderSshHost(node(name)).replace(/Host .*/, `Host ${name}`)].join('\n')
      writeFileSync(join(folder, 'other_config'), config)
      return atoll('node', 'add', name, '--ssh-config', 'other_config', '--engine', engine)
    }
    const onServer = (name: string, line: string): Promise<Ended> =>
      end(spawn('ssh', ['-F', 'ssh_config', name, line], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }))
    /** As somebody would by git and npm; without tools that only who changes Atoll needs. */
    const copyCheckout = async (name: string): Promise<void> => {
      const tools = ['jscpd*', 'oxlint*', '@oxlint*', '@typescript', 'vitest', '@rolldown', 'knip', 'oxfmt', '@oxfmt']
      const parts = ['bin', 'docs', 'packages', 'node_modules', 'package.json']
      const argv = ['-C', root, '-c', ...tools.map((tool) => `--exclude=node_modules/${tool}`), ...parts]
      const tar = spawn('tar', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
      const line = 'mkdir /opt/atoll && tar -x -C /opt/atoll'
      const ssh = spawn('ssh', ['-F', 'ssh_config', name, line], { cwd: folder, stdio: [tar.stdout, 'pipe', 'pipe'] })
      expect(await end(ssh)).toMatchObject({ status: 0 })
    }
    const refused = (said: string) => ({ status: 1, stderr: expect.stringContaining(said) as string })

    test('its host key is another', async () => {
      writeFileSync(join(folder, 'known'), `${node('node-2').address} ${await keyOf('node-1')}\n`)
      const ended = await addBy('node-2', [`UserKnownHostsFile ${folder}/known`])
      expect(ended).toMatchObject(refused('its host key is another than the one known'))
      expect(ended).toMatchObject(refused('ssh-keygen -R'))
    })

    test('its host key is not known', async () => {
      expect(await addBy('node-2', ['UserKnownHostsFile /dev/null'])).toMatchObject(
        refused('its host key is not known here'),
      )
    })

    test('it takes another key, or a password alone', async () => {
      const otherKey = `${node('node-1').folder}/ssh_host_ed25519_key`
      const config = renderSshHost(node('node-2')).replace(/IdentityFile .*/, `IdentityFile ${otherKey}`)
      writeFileSync(join(folder, 'other_config'), config)
      const withOther = await atoll('node', 'add', 'node-2', '--ssh-config', 'other_config', '--engine', engine)
      expect(withOther).toMatchObject(refused('it does not let us in by key'))
      expect(withOther).toMatchObject(refused('ssh-copy-id'))
    })

    test('it is not root who is let in', async () => {
      await lab.ssh('node-2', [
        'useradd --create-home ann && cp -r /root/.ssh /home/ann && chown -R ann /home/ann/.ssh',
      ])
      expect(await addBy('node-2', ['User ann'])).toMatchObject(refused('that is user 1000 there, not root'))
    })

    test('its disk is full', async () => {
      await lab.fill('node-3')
      expect(await add('node-3')).toMatchObject(refused('/var/lib/docker has 0.0 GB free'))
      await lab.free('node-3')
    })

    test('it is of another Swarm, which was made on it from a checkout', async () => {
      await copyCheckout('node-3')
      const made = await onServer('node-3', '/opt/atoll/bin/atoll init --zone z')
      expect(made).toMatchObject({ status: 2, stderr: expect.stringContaining('say --yes if you mean it') as string })
      const sure = await onServer('node-3', '/opt/atoll/bin/atoll init --zone z --yes')
      expect(sure.status, sure.stderr).toBe(0)
      expect(sure.stdout).toContain(`atoll login 'https://${node('node-3').address}:8443`)
      expect((await onServer('node-3', '/opt/atoll/bin/atoll node ls')).stdout).toMatch(/^node-3 +z +leader/m)
      expect(await add('node-3')).toMatchObject(refused('it is a node of another Swarm'))
      await lab.ssh('node-3', ['docker swarm leave --force; rm -r /opt/atoll'])
    })

    test('its Docker is half installed: that is brought to an end', async () => {
      // With iptables, which a later test needs there, and which apt would refuse to install then.
      const install = 'apt-get -qq -y --no-install-recommends install'
      const fetch = `apt-get -qq update && ${install} iptables >/dev/null && ${install} --download-only docker.io`
      const unpack = 'dpkg --unpack /var/cache/apt/archives/docker.io_*.deb'
      await lab.ssh('node-2', [`${fetch} >/dev/null && ${unpack} >/dev/null 2>&1 || true`])
      expect(await lab.ssh('node-2', ['dpkg --audit'])).toContain('docker.io')
    })
  })

  const drop = (port: number, protocol: string) => `INPUT -i eth0 -p ${protocol} --dport ${port} -j DROP`
  const closed = (port: number, protocol: string) => [
    `command -v iptables >/dev/null || apt-get -qq install iptables >/dev/null; iptables -I ${drop(port, protocol)}`,
    `iptables -D ${drop(port, protocol)}`,
  ]
  test.each([
    ['2377/tcp is closed at node-1', 'node-1', closed(2377, 'tcp'), ['does not reach', '2377']],
    ['7946/tcp is closed at node-1', 'node-1', closed(7946, 'tcp'), ['does not reach', '7946']],
    ['4789/udp is closed at node-2', 'node-2', closed(4789, 'udp'), ['(4789/udp)', '--dport 4789']],
    [
      'its link carries 1400 bytes',
      'node-2',
      ['ip link set eth0 mtu 1400', 'ip link set eth0 mtu 1500'],
      ['large ones do not', 'raise its MTU'],
    ],
  ])('a server is not let in while %s, and is told why', async (_, at, [fault = '', undo = ''], said) => {
    await lab.ssh(at, [fault])
    try {
      const { status, stderr } = await add('node-2')
      expect(status, stderr).toBe(1)
      for (const words of said) expect(stderr).toContain(words)
    } finally {
      await lab.ssh(at, [undo])
    }
    expect(await nodes()).toEqual(['node-1 leader'])
    const asked = "docker info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null || true"
    expect(await lab.ssh('node-2', [asked])).toMatch(/^(inactive)?$/)
  })

  test('node add makes further ones nodes, by an engine or by the platform, which they get too', async () => {
    const byEngine = await add('node-2', '--zone', 'b')
    expect(byEngine.status, byEngine.stderr).toBe(0)
    expect(byEngine.stdout).toContain('node-2 is a node (manager, zone b')
    writeFileSync(join(folder, 'password'), 'correct horse battery\n')
    const welcome = await signedIn('login', link, '--name', 'ann', '--password-file', 'password')
    expect(welcome.status, welcome.stderr).toBe(0)
    const byPlatform = await signedIn('node', 'add', 'node-3', '--ssh-config', 'ssh_config', '--zone', 'c')
    expect(byPlatform.status, byPlatform.stderr).toBe(0)
    expect(byPlatform.stdout).toContain('node-3 is a node (manager, zone c')
    expect(await nodes()).toEqual(['node-1 leader', 'node-2 manager', 'node-3 manager'])
    expect(await lab.ssh('node-2', ['dpkg --audit'])).toBe('')
    for (const { address } of lab.nodes) {
      const get = `curl --silent --insecure --max-time 3 https://${address}:8443/v1/health`
      await until(
        `the API at ${address}`,
        () => ask(get),
        (said) => said.includes('{'),
      )
    }
  })
  const ask = async (line: string): Promise<string> => {
    const [program = '', ...args] = line.split(' ')
    return (await end(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }))).stdout
  }

  test('the same server once more is no second node', async () => {
    const { status, stdout, stderr } = await add('node-3', '--json')
    expect(status, stderr).toBe(0)
    const added = z.object({ isJoined: z.boolean(), node: z.string(), provenWith: z.array(z.string()) })
    const last: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    expect(added.parse(last)).toEqual({ isJoined: false, node: 'node-3', provenWith: ['node-1', 'node-2'] })
    expect(await nodes()).toHaveLength(3)
  })

  test('an app runs on each of them, and answers there', async () => {
    const web = server(lab, 'one', {
      ports: [{ target: 8080, published: '8080', mode: 'host' }],
      deploy: { mode: 'global' },
    })
    writeFileSync(join(folder, 'compose.yaml'), JSON.stringify({ name: 'shop', services: { web } }))
    const deployed = await atoll('deploy', '--engine', engine)
    expect(deployed.status, deployed.stderr).toBe(0)
    for (const { address } of lab.nodes) {
      await until(
        `the app on ${address}`,
        () => ask(`curl --silent --max-time 3 http://${address}:8080/`),
        (said) => said !== '',
      )
    }
  })

  test('after a power cut a node is back by itself', async () => {
    await lab.kill('node-3')
    await lab.start('node-3')
    const isReady = async () => (await atoll('node', 'ls', '--engine', engine)).stdout
    const said = await until('node-3 to be back', isReady, (seen) => /^node-3 .*ready/m.test(seen))
    expect(said).toMatch(/^node-1 .*ready/m)
  })
})
