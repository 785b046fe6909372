import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { login, openBareWorld, type BareWorld } from './bare-world.ts'
import { copyCheckout } from './copy-checkout.ts'
import { renderSshHost } from './render-ssh-host.ts'
import { server } from './services.ts'
import { end, nodesSchema, until, type Ended } from './world.ts'

/** Servers with nothing on them, and a person with the command line and a key elsewhere. */
describe('from bare servers to a cluster', () => {
  let world: BareWorld
  let engine: string
  let link = ''
  beforeAll(async () => {
    world = await openBareWorld('servers', 3)
  })
  afterAll(() => world?.close())

  const add = (name: string, ...args: readonly string[]) =>
    world.atoll('node', 'add', name, ...login, '--engine', engine, ...args)
  const nodes = async () => {
    const { stdout } = await world.atoll('node', 'ls', '--json', '--engine', engine)
    return nodesSchema.parse(JSON.parse(stdout)).map(({ name, role }) => `${name} ${role}`)
  }

  test('init makes the first of a server with nothing on it, with the platform', async () => {
    const { status, stdout, stderr } = await world.atoll('init', '--on', 'node-1', ...login, '--zone', 'a')
    expect(status, stderr).toBe(0)
    expect(stdout).toContain(`https://${world.lab.nodes[0]?.address}:8443`)
    link = /atoll login '([^']+)'/.exec(stdout)?.[1] ?? ''
    expect(link, stdout).not.toBe('')
    engine = await world.reachEngine('node-1')
    expect(await nodes()).toEqual(['node-1 leader'])
  })

  test('init once more changes nothing', async () => {
    const before = await world.lab.ssh('node-1', [
      'cat /etc/docker/daemon.json /etc/rc.local; docker node inspect self',
    ])
    const { status, stderr } = await world.atoll('init', '--on', 'node-1', ...login)
    expect(status, stderr).toBe(0)
    expect(await world.lab.ssh('node-1', ['cat /etc/docker/daemon.json /etc/rc.local; docker node inspect self'])).toBe(
      before,
    )
  })

  describe('a server that is of no use yet says why, and what helps', () => {
    const node = (name: string) => world.lab.nodes.find((each) => each.name === name)!
    const keyOf = (name: string) => world.lab.ssh(name, ['cat /etc/ssh/ssh_host_ed25519_key.pub'])
    /** What ssh is told first counts. */
    const addBy = async (name: string, lines: readonly string[]): Promise<Ended> => {
      const config = [`Host ${name}`, ...lines, renderSshHost(node(name)).replace(/Host .*/, `Host ${name}`)].join('\n')
      writeFileSync(join(world.folder, 'other_config'), config)
      return world.atoll('node', 'add', name, '--ssh-config', 'other_config', '--engine', engine)
    }
    const onServer = (name: string, line: string): Promise<Ended> =>
      end(spawn('ssh', ['-F', 'ssh_config', name, line], { cwd: world.folder, stdio: ['ignore', 'pipe', 'pipe'] }))
    const refused = (said: string) => ({ status: 1, stderr: expect.stringContaining(said) as string })

    test('its host key is another', async () => {
      writeFileSync(join(world.folder, 'known'), `${node('node-2').address} ${await keyOf('node-1')}\n`)
      const ended = await addBy('node-2', [`UserKnownHostsFile ${world.folder}/known`])
      expect(ended).toMatchObject(refused('its host key is another than the one known'))
      expect(ended).toMatchObject(refused('ssh-keygen -R'))
    })

    test('its host key is not known', async () => {
      expect(await addBy('node-2', ['UserKnownHostsFile /dev/null'])).toMatchObject(
        refused('its host key is not known here'),
      )
    })

    test('it takes another key', async () => {
      const otherKey = `${node('node-1').folder}/ssh_host_ed25519_key`
      const config = renderSshHost(node('node-2')).replace(/IdentityFile .*/, `IdentityFile ${otherKey}`)
      writeFileSync(join(world.folder, 'other_config'), config)
      const withOther = await world.atoll('node', 'add', 'node-2', '--ssh-config', 'other_config', '--engine', engine)
      expect(withOther).toMatchObject(refused('it does not let us in by key'))
      expect(withOther).toMatchObject(refused('ssh-copy-id'))
    })

    test('it takes a password alone', async () => {
      const settings = '/etc/ssh/sshd_config.d/00-password.conf'
      const lines = String.raw`PubkeyAuthentication no\nPasswordAuthentication yes\nPermitRootLogin yes\n`
      const onConsole = (line: string) =>
        world.lab.run('node-2', ['sh', '-c', `${line}; kill -HUP $(cat /run/sshd.pid)`])
      await onConsole(`printf '${lines}' >${settings}`)
      const said = await until(
        'sshd to have read it',
        () => add('node-2'),
        ({ stderr }) => stderr.includes('it lets nobody in by key, by password alone'),
      )
      expect(said).toMatchObject(refused('"PubkeyAuthentication yes"'))
      await onConsole(`rm ${settings}`)
      await until(
        'sshd to have read it',
        () => world.lab.ssh('node-2', ['echo in']),
        (answer) => answer.includes('in'),
      )
    })

    test('it is not root who is let in', async () => {
      await world.lab.ssh('node-2', [
        'useradd --create-home ann && cp -r /root/.ssh /home/ann && chown -R ann /home/ann/.ssh',
      ])
      expect(await addBy('node-2', ['User ann'])).toMatchObject(refused('that is user 1000 there, not root'))
    })

    test('its clock is ten minutes off', async () => {
      // Programs of those who log in see it so; the kernel's own clock is that of the machine.
      const preload = 'echo "LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketime.so.1)" >/etc/environment'
      const install = 'apt-get -qq update && apt-get -qq -y --no-install-recommends install libfaketime >/dev/null'
      await world.lab.ssh('node-2', [`${install} && ${preload} && echo FAKETIME=-10m >>/etc/environment`])
      const ended = await add('node-2')
      await world.lab.run('node-2', ['rm', '/etc/environment'])
      // Less what the question took.
      expect(ended.stderr).toMatch(/its clock is (599|600) s behind the one here/)
      expect(ended).toMatchObject(refused('timedatectl set-ntp true'))
    })

    test('its disk is full', async () => {
      await world.lab.fill('node-3')
      expect(await add('node-3')).toMatchObject(refused('/var/lib/docker has 0.0 GB free'))
      await world.lab.free('node-3')
    })

    test('it is of another Swarm, which was made on it from a checkout', async () => {
      await copyCheckout(world.folder, 'node-3')
      const made = await onServer('node-3', '/opt/atoll/bin/atoll init --zone z')
      expect(made).toMatchObject({ status: 2, stderr: expect.stringContaining('say --yes if you mean it') as string })
      const sure = await onServer('node-3', '/opt/atoll/bin/atoll init --zone z --yes')
      expect(sure.status, sure.stderr).toBe(0)
      expect(sure.stdout).toContain(`atoll login 'https://${node('node-3').address}:8443`)
      expect((await onServer('node-3', '/opt/atoll/bin/atoll node ls')).stdout).toMatch(/^node-3 +z +leader/m)
      expect(await add('node-3')).toMatchObject(refused('it is a node of another Swarm'))
      await world.lab.ssh('node-3', ['docker swarm leave --force; rm -r /opt/atoll'])
    })

    test('its Docker is half installed: that is brought to an end', async () => {
      // With iptables, which a later test needs there, and which apt would refuse to install then.
      const install = 'apt-get -qq -y --no-install-recommends install'
      const fetch = `apt-get -qq update && ${install} iptables >/dev/null && ${install} --download-only docker.io`
      const unpack = 'dpkg --unpack /var/cache/apt/archives/docker.io_*.deb'
      await world.lab.ssh('node-2', [`${fetch} >/dev/null && ${unpack} >/dev/null 2>&1 || true`])
      expect(await world.lab.ssh('node-2', ['dpkg --audit'])).toContain('docker.io')
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
    ['7946/udp is closed at node-1', 'node-1', closed(7946, 'udp'), ['7946/udp', '--dport 7946']],
    ['2377/tcp is closed at node-2', 'node-2', closed(2377, 'tcp'), ['node-1 does not reach node-2 at 2377/tcp']],
    ['7946/tcp is closed at node-2', 'node-2', closed(7946, 'tcp'), ['node-1 does not reach node-2 at 7946/tcp']],
    ['4789/udp is closed at node-2', 'node-2', closed(4789, 'udp'), ['(4789/udp)', '--dport 4789']],
    [
      'its link carries 1400 bytes',
      'node-2',
      ['ip link set eth0 mtu 1400', 'ip link set eth0 mtu 1500'],
      ['large ones do not', 'raise its MTU'],
    ],
  ])('a server is not let in while %s, and is told why', async (_, at, [fault = '', undo = ''], said) => {
    await world.lab.ssh(at, [fault])
    const refused = await add('node-2')
    await world.lab.ssh(at, [undo])
    for (const words of said) expect(refused.stderr).toContain(words)
    await expectOut(refused)
  })

  test('nor is one that is to be a witness and cannot be asked for its vote', async () => {
    const [fault = '', undo = ''] = closed(2377, 'tcp')
    await world.lab.ssh('node-2', [fault])
    const refused = await add('node-2', '--witness')
    await world.lab.ssh('node-2', [undo])
    expect(refused.stderr).toContain('node-1 does not reach node-2 at 2377/tcp')
    await expectOut(refused)
  })
  const expectOut = async ({ status, stderr }: Ended): Promise<void> => {
    expect(status, stderr).toBe(1)
    expect(await nodes()).toEqual(['node-1 leader'])
    const asked = "docker info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null || true"
    expect(await world.lab.ssh('node-2', [asked])).toMatch(/^(inactive)?$/)
  }

  test('a server that is to be a witness is proven from the others, votes, and can go again', async () => {
    const { status, stdout, stderr } = await add('node-2', '--witness')
    expect(status, stderr).toBe(0)
    expect(stdout).toContain('it votes and runs nothing; proven with node-1')
    expect(await nodes()).toEqual(['node-1 leader', 'node-2 manager'])
    expect(await world.lab.ssh('node-2', ['docker ps --all --quiet'])).toBe('')
    const removed = await world.good('node', 'rm', 'node-2', '--engine', engine, '--on', 'node-2', ...login)
    expect(removed).toContain('its server is out of the Swarm and clean')
    expect(await nodes()).toEqual(['node-1 leader'])
    const asked = "docker info --format '{{.Swarm.LocalNodeState}}'"
    expect((await world.lab.ssh('node-2', [asked])).trim()).toBe('inactive')
  })

  test('a join that hangs, or whose command was killed, is brought to an end by the same once more', async () => {
    const [drop2377 = '', undo = ''] = closed(2377, 'tcp')
    const token = (await world.lab.ssh('node-1', ['docker swarm join-token --quiet worker'])).trim()
    await world.lab.ssh('node-1', [drop2377])
    const join = `docker swarm join --token ${token} ${world.lab.nodes[0]?.address}:2377 2>&1 || true`
    const hanging = await world.lab.ssh('node-2', [`timeout 30 ${join}`])
    await world.lab.ssh('node-1', [undo])
    expect(hanging).toContain('will continue in the background')
    for (const step of ['join the cluster', 'prove it']) await killAt(step)
    const ended = await add('node-2', '--zone', 'b')
    expect(ended.status, ended.stderr).toBe(0)
    expect(ended.stdout).toMatch(/node-2 is a node( already)? \(manager, zone b/)
    const left = await world.lab.ssh('node-1', ['docker service ls --format {{.Name}}; docker network ls'])
    expect(left).not.toContain('proof')
  })
  /** As when the laptop is closed; a step that is over already is left out. */
  const killAt = async (step: string): Promise<void> => {
    const child = world.start(['node', 'add', 'node-2', ...login, '--engine', engine, '--zone', 'b'])
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes(step)) child.kill('SIGKILL')
    })
    await end(child)
  }

  test('node add makes further ones nodes by the platform, too, which all of them get', async () => {
    writeFileSync(join(world.folder, 'password'), 'correct horse battery\n')
    const welcome = await world.signedIn('login', link, '--name', 'ann', '--password-file', 'password')
    expect(welcome.status, welcome.stderr).toBe(0)
    const byPlatform = await world.signedIn('node', 'add', 'node-3', '--ssh-config', 'ssh_config', '--zone', 'c')
    expect(byPlatform.status, byPlatform.stderr).toBe(0)
    expect(byPlatform.stdout).toContain('node-3 is a node (manager, zone c')
    expect(await nodes()).toEqual(['node-1 leader', 'node-2 manager', 'node-3 manager'])
    expect(await world.lab.ssh('node-2', ['dpkg --audit'])).toBe('')
    for (const { address } of world.lab.nodes) {
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
    const web = server(world.lab, 'one', {
      ports: [{ target: 8080, published: '8080', mode: 'host' }],
      deploy: { mode: 'global' },
    })
    writeFileSync(join(world.folder, 'compose.yaml'), JSON.stringify({ name: 'shop', services: { web } }))
    const deployed = await world.atoll('deploy', '--engine', engine)
    expect(deployed.status, deployed.stderr).toBe(0)
    for (const { address } of world.lab.nodes) {
      await until(
        `the app on ${address}`,
        () => ask(`curl --silent --max-time 3 http://${address}:8080/`),
        (said) => said !== '',
      )
    }
  })

  test('after a power cut a node is back by itself', async () => {
    const list = async () => (await world.atoll('node', 'ls', '--engine', engine)).stdout
    await world.lab.kill('node-3')
    await until('node-3 to be missed', list, (seen) => /^node-3 .*down/m.test(seen))
    await world.lab.start('node-3')
    const said = await until('node-3 to be back', list, (seen) => /^node-3 .*ready/m.test(seen))
    expect(said).toMatch(/^node-1 .*ready/m)
  })
})
