import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestLab, type TestLab } from '@atoll/lab/testing'
import { openSsh, type Server } from '@atoll/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { server } from './services.ts'
import { end, nodesSchema, until, type Ended } from './world.ts'

const bin = join(import.meta.dirname, '../../bin/atoll')

/** Servers with nothing on them, and a person with the command line and a key elsewhere. */
describe('from bare servers to a cluster', () => {
  let lab: TestLab
  let folder: string
  let first: Server
  let engine: string
  beforeAll(async () => {
    lab = await openTestLab({ name: 'servers', bare: true, nodes: 3 })
    folder = mkdtempSync(join(tmpdir(), 'atoll-e2e-servers-'))
    writeFileSync(join(folder, 'ssh_config'), lab.nodes.map(renderHost).join(''))
  })
  afterAll(async () => {
    await first?.[Symbol.asyncDispose]()
    await lab?.down()
    rmSync(folder, { recursive: true })
  })

  const renderHost = ({ name, ssh }: TestLab['nodes'][number]): string => `
Host ${name}
  HostName ${ssh?.address}
  User root
  IdentityFile ${ssh?.identityFile}
  UserKnownHostsFile ${ssh?.knownHostsFile}
  IdentitiesOnly yes
`
  const login = ['--ssh-config', 'ssh_config']
  const atoll = (...args: readonly string[]): Promise<Ended> => {
    const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env
    const env = { ...rest, NO_COLOR: '1', XDG_CONFIG_HOME: '/nonexistent', ATOLL_LAB_HOME: '/nonexistent' }
    return end(spawn(bin, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }))
  }
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
    expect(stdout).toContain('atoll login')
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
      const config = [`Host ${name}`, ...lines, renderHost(node(name)).replace(/Host .*/, `Host ${name}`)].join('\n')
      writeFileSync(join(folder, 'other_config'), config)
      return atoll('node', 'add', name, '--ssh-config', 'other_config', '--engine', engine)
    }
    const refused = (said: string) => ({ status: 1, stderr: expect.stringContaining(said) as string })

    test('its host key is another', async () => {
      writeFileSync(join(folder, 'known'), `${node('node-2').address} ${await keyOf('node-1')}\n`)
      const ended = await addBy('node-2', [`UserKnownHostsFile ${folder}/known`])
      expect(ended).toMatchObject(refused('its host key is another than the one known'))
      expect(ended).toMatchObject(refused('ssh-keygen -R'))
    })

    test('its host key is not known', async () => {
      expect(await addBy('node-2', ['UserKnownHostsFile /dev/null'])).toMatchObject(refused('its host key is not known here'))
    })

    test('it takes another key, or a password alone', async () => {
      const otherKey = `${node('node-1').folder}/ssh_host_ed25519_key`
      const config = renderHost(node('node-2')).replace(/IdentityFile .*/, `IdentityFile ${otherKey}`)
      writeFileSync(join(folder, 'other_config'), config)
      const withOther = await atoll('node', 'add', 'node-2', '--ssh-config', 'other_config', '--engine', engine)
      expect(withOther).toMatchObject(refused('it does not let us in by key'))
      expect(withOther).toMatchObject(refused('ssh-copy-id'))
    })

    test('it is not root who is let in', async () => {
      await lab.ssh('node-2', ['useradd --create-home ann && cp -r /root/.ssh /home/ann && chown -R ann /home/ann/.ssh'])
      expect(await addBy('node-2', ['User ann'])).toMatchObject(refused('that is user 1000 there, not root'))
    })

    test('its disk is full', async () => {
      await lab.fill('node-3')
      expect(await add('node-3')).toMatchObject(refused('/var/lib/docker has 0.0 GB free'))
      await lab.free('node-3')
    })

    test('it is of another Swarm', async () => {
      expect(await atoll('init', '--on', 'node-3', ...login, '--image', 'nowhere')).toMatchObject({ status: 1 })
      expect(await add('node-3')).toMatchObject(refused('it is a node of another Swarm'))
      await lab.ssh('node-3', ['docker swarm leave --force'])
    })

    test('its Docker is half installed: that is brought to an end', async () => {
      const fetch = 'apt-get -qq update && apt-get -qq -y --download-only --no-install-recommends install docker.io'
      const unpack = 'dpkg --unpack /var/cache/apt/archives/docker.io_*.deb'
      await lab.ssh('node-2', [`${fetch} >/dev/null && ${unpack} >/dev/null 2>&1; dpkg --audit | grep -q docker.io`])
    })
  })

  test.each([
    ['2377', 'tcp', 'node-1', 'does not reach'],
    ['7946', 'tcp', 'node-1', 'does not reach'],
    ['4789', 'udp', 'node-2', 'on a network of the cluster (4789/udp)'],
  ])('a server is not let in while %s/%s is closed at %s, and is told why', async (port, protocol, at, said) => {
    const rule = `INPUT -i eth0 -p ${protocol} --dport ${port} -j DROP`
    await lab.ssh(at, [
      `command -v iptables >/dev/null || apt-get -qq install iptables >/dev/null; iptables -I ${rule}`,
    ])
    try {
      const { status, stderr } = await add('node-2')
      expect([status, stderr]).toEqual([1, expect.stringContaining(said)])
      expect(stderr).toContain(port)
    } finally {
      await lab.ssh(at, [`iptables -D ${rule}`])
    }
    expect(await nodes()).toEqual(['node-1 leader'])
    expect(await lab.ssh('node-2', ["docker info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null || true"])).toMatch(
      /^(inactive)?$/,
    )
  })

  test('node add makes further ones nodes, proves them and gives them the platform', async () => {
    for (const [name, zone] of [
      ['node-2', 'b'],
      ['node-3', 'c'],
    ] as const) {
      const { status, stdout, stderr } = await add(name, '--zone', zone)
      expect(status, stderr).toBe(0)
      expect(stdout).toContain(`${name} is a node (manager, zone ${zone}`)
    }
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
