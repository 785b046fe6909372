import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { LabError } from './errors.ts'
import { waitUntil } from './wait-until.ts'

const ROOT = '/sys/fs/cgroup'
const FOLDER = 'atoll-lab'

/** Cgroup v1 has a tree per controller and the freezer is one of them; v2 has a single tree in which every group freezes. */
const isVersion1 = (): boolean => existsSync(`${ROOT}/freezer/cgroup.procs`)

/** A bare host mounts the trees itself, and only those of v1 were tried. Throws LabError `machine-unfit`. */
export const requireVersion1 = (): void => {
  if (isVersion1()) return
  const next = 'boot the machine with cgroup v1, or leave --bare out'
  throw new LabError('machine-unfit', `prepare bare hosts: ${ROOT} does not hold the v1 freezer; ${next}`)
}

const freezerRoot = (): string => {
  if (isVersion1()) return `${ROOT}/freezer`
  if (existsSync(`${ROOT}/cgroup.controllers`)) return ROOT
  throw new LabError('machine-unfit', `find cgroups: ${ROOT} holds neither the v1 freezer nor v2; mount one of them`)
}

/** Absolute inside the cgroup tree, as dockerd's --cgroup-parent wants it. */
export const containersCgroup = (tag: string, node: string): string => `/${FOLDER}/${tag}/${node}/containers`

const partFolder = (tag: string, part: string): string => `${freezerRoot()}/${FOLDER}/${tag}/${part}`

/**
 * Makes the groups for a part of the lab (a node's name, or `registry`), one in each controller's tree, and gives the
 * leaves its own processes join: what stays in a caller's group may be limited, or killed, with the caller.
 */
export const createCgroups = async (tag: string, part: string): Promise<string[]> => {
  const below = [FOLDER, tag, part, 'host']
  const trees = await listControllerTrees()
  for (const tree of trees) {
    await mkdir([tree, ...below].join('/'), { recursive: true })
    if (existsSync(`${tree}/${CPUSET_FILES[0]}`)) await giveProcessors(tree, below)
  }
  return trees.map((tree) => [tree, ...below].join('/'))
}

const CPUSET_FILES = ['cpuset.cpus', 'cpuset.mems'] as const

/** On v1 a group of this controller takes no process before it has been given processors and memory, from the top down. */
const giveProcessors = async (tree: string, below: readonly string[]): Promise<void> => {
  if (!isVersion1()) return
  for (const [level] of below.entries()) {
    const parent = [tree, ...below.slice(0, level)].join('/')
    const group = [tree, ...below.slice(0, level + 1)].join('/')
    for (const file of CPUSET_FILES) {
      const given = await readFile(`${group}/${file}`, 'utf8')
      if (given.trim() === '') await writeFile(`${group}/${file}`, await readFile(`${parent}/${file}`, 'utf8'))
    }
  }
}

const listControllerTrees = async (): Promise<string[]> => {
  if (!isVersion1()) return [freezerRoot()]
  const trees = (await listFolders(ROOT)).filter((name) => name !== 'unified')
  return trees.map((name) => `${ROOT}/${name}`).filter((root) => existsSync(`${root}/cgroup.procs`))
}

/** Processes of a part itself, without those of its containers. */
export const listPartProcesses = (tag: string, part: string): Promise<number[]> =>
  readProcesses(`${partFolder(tag, part)}/host`)

/** Every process of a part, containers included. */
export const listAllProcesses = (tag: string, part: string): Promise<number[]> => readTree(partFolder(tag, part))

/** Stops every process of a part at one instant; they keep their memory and connections. Throws `timeout` after 30 s. */
export const freeze = (tag: string, part: string): Promise<void> => setFrozen(tag, part, true)

export const thaw = (tag: string, part: string): Promise<void> => setFrozen(tag, part, false)

export const isFrozen = async (tag: string, part: string): Promise<boolean> => {
  const file = isVersion1() ? 'freezer.state' : 'cgroup.freeze'
  const text = await readFile(`${partFolder(tag, part)}/${file}`, 'utf8').catch(() => '')
  return isVersion1() ? text.trim().startsWith('FR') : text.trim() === '1'
}

const setFrozen = async (tag: string, part: string, wanted: boolean): Promise<void> => {
  const folder = partFolder(tag, part)
  if (!existsSync(folder)) return
  const [file, value] = isVersion1()
    ? ['freezer.state', wanted ? 'FROZEN' : 'THAWED']
    : ['cgroup.freeze', wanted ? '1' : '0']
  await writeFile(`${folder}/${file}`, value)
  if (!wanted) return
  const isDone = async () => {
    const text = await readFile(`${folder}/${isVersion1() ? 'freezer.state' : 'cgroup.events'}`, 'utf8')
    return text.includes('FROZEN') || text.includes('frozen 1') ? true : undefined
  }
  await waitUntil(isDone, { what: `all processes of ${part} to freeze`, timeoutMs: 30_000 })
}

/** Folders of a lab's cgroups in every controller's tree, deepest first; all labs of the machine without a tag. */
export const listCgroups = async (tag: string): Promise<string[]> => {
  const found: string[] = []
  for (const root of await listTrees()) found.push(...(await walk(`${root}/${FOLDER}/${tag}`)))
  return found
}

/** Tags of all labs that have a cgroup. */
export const listCgroupTags = async (): Promise<string[]> => {
  const tags = await Promise.all((await listTrees()).map((root) => listFolders(`${root}/${FOLDER}`)))
  return [...new Set(tags.flat())]
}

/** Processes in any cgroup of a lab. */
export const listLabProcesses = async (tag: string): Promise<number[]> => {
  const lists = await Promise.all((await listCgroups(tag)).map(readProcesses))
  return [...new Set(lists.flat())]
}

/** Lets a whole lab run again: processes that are frozen cannot be killed on v1. */
export const thawLab = async (tag: string): Promise<void> => {
  for (const part of await listFolders(`${freezerRoot()}/${FOLDER}/${tag}`)) await thaw(tag, part)
}

/** Removes an empty group, and the folder of all labs when it was the last one. */
export const removeCgroup = async (folder: string): Promise<void> => {
  await rmdir(folder)
  const parent = folder.slice(0, folder.lastIndexOf('/'))
  if (parent.endsWith(`/${FOLDER}`)) await rmdir(parent).catch(() => undefined)
}

const listTrees = async (): Promise<string[]> =>
  [ROOT, ...(await listFolders(ROOT)).map((name) => `${ROOT}/${name}`)].filter((root) =>
    existsSync(`${root}/${FOLDER}`),
  )

const listFolders = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

const walk = async (folder: string): Promise<string[]> => {
  if (!existsSync(folder)) return []
  const below = await Promise.all((await listFolders(folder)).map((name) => walk(`${folder}/${name}`)))
  return [...below.flat(), folder]
}

const readTree = async (folder: string): Promise<number[]> =>
  (await Promise.all((await walk(folder)).map(readProcesses))).flat()

const readProcesses = async (folder: string): Promise<number[]> => {
  const text = await readFile(`${folder}/cgroup.procs`, 'utf8').catch(() => '')
  return text.split('\n').filter(Boolean).map(Number)
}
