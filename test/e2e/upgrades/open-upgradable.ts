import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { alterImage } from '../platform/alter-image.ts'
import { openPlatform, type Platform } from '../platform/open-platform.ts'
import { server } from '../services.ts'
import { end, type Ended } from '../world.ts'
import { openLoad, type Load } from './load.ts'

const bin = join(import.meta.dirname, '../../../bin/atoll')
const port = 18_080
const nodes = ['node-1', 'node-2', 'node-3', 'node-4']

/** Never healthy: it runs and answers nobody. */
const deaf = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)"

/** This tree's but for some files. */
const builds = {
  previous: { 'atoll/name': 'previous' },
  deaf: { 'atoll/control.mjs': deaf },
  next: { 'atoll/name': 'next' },
  after: { 'atoll/name': 'after' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>
type Build = keyof typeof builds

/** A platform of one build, ann signed in, an app on every node, and further builds in files. */
export interface Upgradable {
  readonly platform: Platform
  /** Where an image of this build is. */
  readonly saveImage: (name: Build) => Promise<string>
  /** The words of an upgrade, with the engines of all managers and a key for its backup. */
  readonly words: (...flags: readonly string[]) => readonly string[]
  readonly upgrade: (...flags: readonly string[]) => Promise<Ended>
  /** What each node runs of services whose names begin so: node, service, container, and id of its image. */
  readonly containers: (prefix: string) => Promise<readonly string[]>
  /** What people see of the documents. */
  readonly readDocuments: () => Promise<unknown>
  readonly deployShop: (version: string) => Promise<string>
  /** Requests to the app on every node, or on these, and `atoll ls` over and over. */
  readonly openLoad: (on?: readonly string[]) => Load
  /** Opens the backup with its key. */
  readonly verify: (path: string) => Promise<string>
  readonly close: () => Promise<void>
}

/**
 * The build before is that of the tree ATOLL_TEST_PREVIOUS names (a checkout of an older commit, with its libraries), else this
 * tree under another name: whoever has no history at hand still has two builds.
 */
export const openUpgradable = async (lab: string): Promise<Upgradable> => {
  const folder = mkdtempSync(join(tmpdir(), 'atoll-upgrade-'))
  const saveImage = (name: Build): Promise<string> => save(folder, name)
  const previous = process.env['ATOLL_TEST_PREVIOUS']
  const install =
    previous === undefined
      ? { flags: ['--image', await saveImage('previous')] }
      : { program: join(previous, 'bin/atoll') }
  const platform = await openPlatform(lab, install)
  expect(await platform.signIn()).toMatchObject({ status: 0 })
  const identity = join(folder, 'identity.txt')
  const recipient = (await platform.good('backup', 'key', identity)).trim()
  const words: Upgradable['words'] = (...flags) => ['upgrade', '--recipient', recipient, ...flags, ...platform.managers]
  const deployShop: Upgradable['deployShop'] = (version) => {
    const deploy = { mode: 'global' }
    const ports = [{ target: 8080, published: port, mode: 'host' }]
    platform.write('shop', { web: server(platform.lab, version, { ports, deploy }) })
    return platform.good('deploy')
  }
  await deployShop('one')
  return {
    platform,
    saveImage,
    words,
    upgrade: (...flags) => platform.atoll(...words(...flags)),
    containers: (prefix) => listContainers(platform, prefix),
    readDocuments: () => readDocuments(platform),
    deployShop,
    openLoad: (on = nodes) => openLoad(platform, { port, nodes: on }),
    verify: (path) => platform.good('backup', 'verify', path, '--identity', identity),
    close: async () => {
      await platform.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const save = async (folder: string, name: Build): Promise<string> => {
  const [own, path] = [join(folder, 'this.tar.gz'), join(folder, `${name}.tar.gz`)]
  if (!existsSync(own)) {
    const saved = await end(spawn(bin, ['image', 'save', own], { stdio: ['ignore', 'pipe', 'pipe'] }))
    expect(saved.status, saved.stderr).toBe(0)
  }
  if (!existsSync(path)) await alterImage(own, path, builds[name])
  return path
}

/** Of nodes that are there. */
const listContainers = async ({ lab }: Platform, prefix: string): Promise<readonly string[]> => {
  const filter = ['--filter', 'label=com.docker.swarm.service.name']
  const format = '{{index .Config.Labels "com.docker.swarm.service.name"}} {{.Id}} {{.Image}}'
  const said = await Promise.all(
    nodes.map(async (node) => {
      const ids = (await lab.run(node, ['docker', 'ps', '--quiet', ...filter])).trim().split('\n')
      return lab.run(node, ['docker', 'inspect', '--format', format, ...ids])
    }),
  )
  return said.flatMap((text, at) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(prefix))
      .toSorted()
      .map((line) => `${nodes[at]} ${line}`),
  )
}

export const imagesOf = (lines: readonly string[]) => [...new Set(lines.map((line) => line.split(' ').at(-1)))]

const readDocuments = async (platform: Platform) =>
  Promise.all(
    [
      ['releases', 'shop', '--json'],
      ['receipt', '--app', 'shop', '--json'],
      ['people', 'ls', '--json'],
      ['team', 'ls', '--json'],
      ['keys', 'status', '--json'],
    ].map(async (line) => [line.join(' '), JSON.parse(await platform.good(...line)) as unknown]),
  )
