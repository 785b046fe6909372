import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sleeper } from '../services.ts'
import { until } from '../world.ts'
import type { Platform } from './open-platform.ts'

const items = z.array(z.object({ kind: z.string(), name: z.string(), why: z.string() }))
const prunedSchema = z
  .array(z.object({ node: z.string(), report: z.object({ removed: items, left: items }) }))
  .length(1)
const usageSchema = z.array(
  z.object({
    node: z.string(),
    disk: z.object({ usedShare: z.number(), reserve: z.object({ bytes: z.number(), isHeld: z.boolean() }) }),
    usage: z.object({ images: z.object({ bytes: z.number() }), volumes: z.object({ bytes: z.number() }) }),
  }),
)
const volumesSchema = z
  .array(z.object({ engineName: z.string(), nodeName: z.string(), sizeBytes: z.number() }))
  .length(1)

/** What nodes keep: how much of it, what goes and what stays, and what is left when a disk is full. */
export const diskTests = (open: () => Platform): void => {
  const bench = openBench(open)
  describe('the disks of the nodes', () => {
    volumeTest(bench)
    imageTest(bench)
    fullTest(bench)
  })
}

interface Bench {
  readonly open: () => Platform
  readonly good: (...args: readonly string[]) => Promise<string>
  readonly onNode: (node: string, line: string) => Promise<string>
  /** An app with a volume. */
  readonly writeShelf: (image: string, version: string) => void
  /** Where its volume was moved to. */
  home: string
}

const openBench = (open: () => Platform): Bench => ({
  open,
  good: (...args) => open().good(...args),
  onNode: (node, line) => open().lab.run(node, ['sh', '-c', line]),
  writeShelf: (image, version) => {
    const service = { ...sleeper(open().lab, version, { volumes: ['data:/data'] }), image }
    const command = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
    const project = { name: 'shelf', services: { db: { ...service, command } }, volumes: { data: {} } }
    writeFileSync(join(open().folder, 'compose.yaml'), JSON.stringify(project))
  },
  home: '',
})

const volumeTest = (bench: Bench): void => {
  const { good, writeShelf, open } = bench
  test('a volume of a worker is sized, moved with what is in it, and removed', async () => {
    writeShelf(open().lab.images.base, '1')
    await good('deploy')
    const [first] = volumesSchema.parse(JSON.parse(await good('volume', 'ls', '--json')))
    await good('exec', 'db', '--', 'sh', '-c', 'head -c 5000000 /dev/urandom > /data/big; md5sum /data/big > /data/sum')
    // The control that is asked runs on none of the two.
    bench.home = first?.nodeName === 'node-4' ? 'node-3' : 'node-4'
    await good('volume', 'move', 'data', '--to', bench.home)
    const [moved] = volumesSchema.parse(JSON.parse(await good('volume', 'ls', '--json')))
    expect(moved?.nodeName).toBe(bench.home)
    expect(moved?.sizeBytes).toBeGreaterThan(4_900_000)
    expect(await good('exec', 'db', '--', 'md5sum', '-c', '/data/sum')).toContain('/data/big: OK')
  })
}

const imageTest = (bench: Bench): void => {
  const { good, onNode, writeShelf, open } = bench
  test('an image nobody needs goes, those of releases and of other people stay', async () => {
    const { lab } = open()
    const repository = lab.images.base.split('@')[0]?.replace(/:[^/]*$/, '') ?? ''
    writeShelf(lab.images.node, '2')
    await good('deploy')
    const node = 'node-4'
    const old = `${repository}:old-${lab.lab.name}`
    const pushed = await onNode(
      node,
      `tar c -C /etc hostname | docker import - ${old} >/dev/null && docker push ${old}`,
    )
    const digest = /digest: (sha256:\w+)/.exec(pushed)?.[1] ?? ''
    await onNode(
      node,
      `docker rmi ${old} >/dev/null; docker pull ${repository}@${digest}; docker pull ${lab.images.base}`,
    )
    await onNode(node, 'tar c -C /etc hosts | docker import - mine/by-hand:1')
    const dry = prunedSchema.parse(JSON.parse(await good('prune', '--node', node, '--dry-run', '--json')))
    expect(dry[0]?.report.removed.map(({ name }) => name)).toContain(`${repository}@${digest}`)
    const [done] = prunedSchema.parse(JSON.parse(await good('prune', '--node', node, '--json')))
    expect(done?.report.left).toContainEqual(expect.objectContaining({ name: 'mine/by-hand:1' }))
    const images = await onNode(node, 'docker images --digests --format "{{.Repository}}@{{.Digest}} {{.Tag}}"')
    expect(images).not.toContain(digest)
    expect(images).toContain(lab.images.base.split('@')[1])
    expect(images).toContain('mine/by-hand')
    expect(await good('audit')).toContain('pruneNode')
    expect((await open().atoll('rollback', '1')).status).toBe(0)
    await good('rm', '--volumes', '--yes')
    expect(await onNode(bench.home, 'docker volume ls --quiet')).not.toContain('shelf_production_data')
  })
}

const fullTest = (bench: Bench): void => {
  const { good, onNode, open } = bench
  test('a manager whose disk somebody fills still writes, says so, and holds its room again after', async () => {
    const { lab } = open()
    const listed = await onNode('node-1', 'docker node ls --format "{{.Hostname}} {{.ManagerStatus}}"')
    const full = ['node-2', 'node-3'].find((name) => !listed.includes(`${name} Leader`)) ?? ''
    const look = async () =>
      usageSchema.parse(JSON.parse(await good('df', '--node', full, '--json')))[0]?.disk ?? { reserve: undefined }
    const isHeld = async () => (await look()).reserve?.isHeld
    await until('the agent to hold room', isHeld, Boolean)
    const status = () => good('status', 'atoll/system')
    await lab.fill(full)
    try {
      await until('the room to be given up', isHeld, (held) => held === false)
      // The document is in the Raft of this manager, too: it follows what the leader writes.
      const made = await good('token', 'create', 'while-full', 'viewer:shelf', '--json')
      const { id } = z.object({ id: z.string() }).parse(JSON.parse(made))
      expect(await onNode(full, 'docker node ls --format "{{.Hostname}}"')).toContain(full)
      await good('token', 'rm', id)
      await until('the full disk to be told of', status, (said) => said.includes(`the disk of ${full} is`))
      open().write('hulk', { web: sleeper(lab, '1') })
      // Each control asks for the disks by itself.
      const plan = () => open().atoll('plan')
      await until('a plan to be refused', plan, ({ stdout, stderr }) =>
        (stdout + stderr).includes(`whose disk is full: ${full}`),
      )
    } finally {
      await lab.free(full)
    }
    await until('the room to be held again', isHeld, Boolean)
    await until('the disk to be well', status, (said) => !said.includes('the disk of'))
    writeFileSync(join(open().folder, 'compose.yaml'), JSON.stringify({ name: 'kiosk', services: {} }))
  })
}
