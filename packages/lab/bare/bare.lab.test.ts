import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findMounts } from '../mounts.ts'
import { removeTree } from '../remove-tree.ts'
import { run } from '../run.ts'
import {
  awaitNobodyAt,
  createTestContext,
  expectNothingNew,
  findProcesses,
  killUp,
  readMachine,
} from '../test-machine.ts'
import { openTestLab } from '../testing.ts'
import type { TestLab } from '../testing.ts'
import { downLab } from '../verbs/down.ts'
import { observeLab } from '../verbs/status.ts'
import { upLab } from '../verbs/up.ts'
import { waitUntil } from '../wait-until.ts'
import { sshArgv } from './sshd.ts'

const before = await readMachine()
const names = ['node-1', 'node-2']

let lab: TestLab
beforeAll(async () => {
  lab = await openTestLab({ name: 'bare', bare: true, nodes: 2 })
})
afterAll(() => lab?.down())

const nodeOf = (name: string) => lab.nodes.find((node) => node.name === name)!
const loginOf = (name: string) => nodeOf(name).ssh!
const observe = async (name: string) => (await observeLab(lab.lab)).nodes.find((node) => node.name === name)!

/** Whether ssh gets in within two seconds. */
const getsIn = (name: string): Promise<boolean> =>
  lab.ssh(name, ['-o', 'ConnectTimeout=2', 'true']).then(
    () => true,
    () => false,
  )

/** Asks again until the answer holds the words wanted: an engine takes a moment to start, and to find its Swarm. */
const awaitAnswer = (name: string, command: string, wanted: string): Promise<string> =>
  waitUntil(
    async () => {
      const said = await lab.ssh(name, [command]).catch((error: unknown) => String(error))
      return said.includes(wanted) ? said : undefined
    },
    { what: `"${command}" on ${name} to say ${wanted}`, timeoutMs: 150_000, everyMs: 300 },
  )

describe('a bare host', () => {
  test('lets in by key, as root, and has nothing but a Debian', async () => {
    for (const name of names) {
      expect(await lab.ssh(name, ['hostname; id --user; cat /etc/debian_version'])).toMatch(/^node-\d\n0\n12\./)
      expect(await lab.ssh(name, ['command -v docker || echo none'])).toBe('none')
    }
    const keys = await Promise.all(names.map((name) => lab.ssh(name, ['cat /etc/ssh/ssh_host_ed25519_key.pub'])))
    expect(new Set(keys).size).toBe(2)
  })

  test('refuses passwords, and every other key', async () => {
    const [program = '', ...options] = sshArgv(loginOf('node-1'))
    const noKey = [program, '-o', 'BatchMode=yes', '-o', 'PubkeyAuthentication=no', ...options, 'true']
    const refused = { message: expect.stringContaining('Permission denied (publickey)') as string }
    await expect(run(noKey)).rejects.toMatchObject(refused)
    const otherKey = { ...loginOf('node-1'), identityFile: `${nodeOf('node-2').folder}/ssh_host_ed25519_key` }
    await expect(run([...sshArgv(otherKey), '-o', 'BatchMode=yes', 'true'])).rejects.toMatchObject(refused)
  })

  test('has devices, mounts, processes and a network of its own', async () => {
    await lab.ssh('node-1', ['rm /dev/null && echo lost > /dev/null && touch /dev/mark'])
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
    expect(await readdir('/dev')).not.toContain('mark')
    expect(await lab.ssh('node-2', ['test -c /dev/null && echo whole'])).toBe('whole')
    expect(await findMounts(lab.lab.folder)).toEqual([])
    expect(await lab.ssh('node-1', ['cat /proc/1/comm; ls /sys/class/net'])).toBe('tini\neth0\nlo')
    await lab.reboot('node-1')
    expect(await lab.ssh('node-1', ['test -c /dev/null && echo whole'])).toBe('whole')
  })

  test('status tells how to log in', async () => {
    const { ssh, power, disk, socket } = await observe('node-2')
    expect({ ssh, power, socket }).toEqual({ ssh: loginOf('node-2'), power: 'on', socket: undefined })
    expect(disk?.sizeBytes).toBeGreaterThan(3e9)
  })
})

describe('faults of bare hosts', () => {
  test('cut: nobody gets in, but by the console; heal: they do again', async () => {
    await lab.cut('node-2')
    expect(await getsIn('node-2')).toBe(false)
    expect(await lab.run('node-2', ['hostname'])).toBe('node-2')
    expect((await observe('node-2')).power).toBe('on')
    await lab.heal('node-2')
    expect(await getsIn('node-2')).toBe(true)
  })

  test('pause: nobody answers; resume: the same processes go on', async () => {
    const mark = 'test-bare[^/]*/node-2'
    const processes = await findProcesses(mark)
    await lab.pause('node-2')
    expect((await observe('node-2')).power).toBe('paused')
    expect(await getsIn('node-2')).toBe(false)
    await lab.resume('node-2')
    expect(await getsIn('node-2')).toBe(true)
    expect(await findProcesses(mark)).toEqual(expect.arrayContaining(processes))
  })

  test('fill: no byte can be written anywhere; free: it can again', async () => {
    await lab.fill('node-2')
    for (const folder of ['/root', '/var/lib/docker']) {
      await expect(lab.ssh('node-2', [`echo late > ${folder}/mark`])).rejects.toThrow('No space left')
    }
    await lab.free('node-2')
    expect(await lab.ssh('node-2', ['echo again > /root/mark; cat /root/mark'])).toBe('again')
  })

  test('kill: everything of the node is gone at once; start: it returns with its disk', async () => {
    await lab.ssh('node-2', ['echo kept > /root/kept; echo lost > /run/lost; nohup sleep 1000 > /dev/null 2>&1 &'])
    await lab.kill('node-2')
    expect((await observe('node-2')).power).toBe('off')
    expect(await findProcesses('test-bare[^/]*/node-2')).toEqual([])
    await lab.start('node-2')
    expect(await lab.ssh('node-2', ['cat /root/kept; test -e /run/lost || echo gone'])).toBe('kept\ngone')
  })

  test('reboot: who runs is asked to end first', async () => {
    await lab.ssh('node-2', [
      `(trap 'echo asked > /root/asked; exit' TERM; echo ready > /run/ready; while :; do sleep 0.1; done) > /dev/null 2>&1 &`,
    ])
    await awaitAnswer('node-2', 'cat /run/ready', 'ready')
    await lab.reboot('node-2')
    expect(await lab.ssh('node-2', ['cat /root/asked; test -e /run/ready || echo gone'])).toBe('asked\ngone')
  })
})

describe('from nothing to a Swarm', () => {
  const install = async (name: string): Promise<void> => {
    const apt = 'apt-get -q -y --no-install-recommends install docker.io'
    await lab.ssh(name, [`apt-get -q update && DEBIAN_FRONTEND=noninteractive ${apt}`])
    // In the place of a service manager, of which there is none; so the engine is there after a boot as well.
    const lines = String.raw`#!/bin/sh\nsetsid dockerd < /dev/null > /var/log/dockerd.log 2>&1 &\n`
    await lab.ssh(name, [`printf '${lines}' > /etc/rc.local; chmod 755 /etc/rc.local; /etc/rc.local`])
    await awaitAnswer(name, 'docker info --format {{.CgroupDriver}}', 'cgroupfs')
  }

  test('apt installs Docker, a container runs, the two join, and power cut and reboot change nothing of it', async () => {
    await Promise.all(names.map(install))
    // Two programs and what they are linked against: enough to be imported, and to be seen running.
    const files = `bin/true bin/cat $(ldd /bin/cat | grep --only-matching '/[^ ]*' | cut --characters=2-)`
    await lab.ssh('node-1', [`tar --create --dereference --directory / ${files} | docker import - tiny`])
    const limited = 'docker run --rm --memory 64m --cpuset-cpus 0 tiny cat /proc/self/cgroup'
    expect(await lab.ssh('node-1', [limited])).toContain(':/docker/')

    await lab.ssh('node-1', [`docker swarm init --advertise-addr ${nodeOf('node-1').address}`])
    const token = await lab.ssh('node-1', ['docker swarm join-token --quiet worker'])
    await lab.ssh('node-2', [`docker swarm join --token ${token} ${nodeOf('node-1').address}:2377`])
    const list = `docker node ls --format '{{.Hostname}}={{.Status}}' | sort | tr '\\n' ' '`
    await awaitAnswer('node-1', list, 'node-1=Ready node-2=Ready')

    await lab.kill('node-1')
    await lab.start('node-1')
    await awaitAnswer('node-1', list, 'node-1=Ready node-2=Ready')
    expect(await lab.ssh('node-1', ['docker run --rm tiny true && echo ran'])).toBe('ran')
    await lab.reboot('node-2')
    await awaitAnswer('node-1', list, 'node-1=Ready node-2=Ready')
  })
})

describe('removal', () => {
  test('a folder in which something is mounted is not removed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'atoll-lab-'))
    await mkdir(`${folder}/dev`)
    await run(['mount', '-t', 'tmpfs', 'tmpfs', `${folder}/dev`])
    await writeFile(`${folder}/dev/null`, 'precious')
    for (const path of [folder, `${folder}/dev`]) {
      await expect(removeTree(path)).rejects.toMatchObject({ code: 'machine-unfit' })
    }
    expect(await readFile(`${folder}/dev/null`, 'utf8')).toBe('precious')
    await run(['umount', `${folder}/dev`])
    await removeTree(folder)
    await expect(stat(folder)).rejects.toThrow('ENOENT')
  })

  test('down leaves nothing, and the machine keeps its devices', async () => {
    expect((await downLab(lab.lab.name, createTestContext())).remaining).toEqual([])
    await expectNothingNew(before, lab.lab.name)
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
  })

  test.each([600, 2000])('an up that was SIGKILLed after %i ms is brought to its end by the next', async (afterMs) => {
    const request = { name: 'test-bare-broken', bare: true, nodes: 1 }
    await killUp(request, afterMs)
    const made = await upLab(request, createTestContext())
    const login = made.nodes[0]?.ssh
    expect(await run([...sshArgv(login!), 'hostname'])).toBe('node-1')
    expect((await downLab(request.name, createTestContext())).remaining).toEqual([])
    await expectNothingNew(before, request.name)
  })

  test('an up that was SIGKILLed while it built the Debian leaves no process and no mount', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'atoll-lab-'))
    const request = { name: 'test-bare-broken', bare: true, nodes: 1 }
    const root = `${cache}/roots/unfinished/root`
    const begun = () =>
      waitUntil(async () => ((await stat(`${root}/var/lib/dpkg`).catch(() => undefined)) ? true : undefined), {
        what: 'the Debian to be begun',
        timeoutMs: 150_000,
      })
    await killUp(request, begun, { ...process.env, ATOLL_LAB_CACHE: cache })
    expect((await downLab(request.name, { ...createTestContext(), cache })).remaining).toEqual([])
    expect(await findMounts(cache)).toEqual([])
    await awaitNobodyAt(cache)
    await removeTree(cache)
    await expectNothingNew(before, request.name)
  })
})
