import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { listCgroupTags } from './cgroups.ts'
import { readLabConfig } from './config.ts'
import type { LabContext } from './config.ts'
import { listLoops } from './disk.ts'
import { findLabs } from './records.ts'
import type { LabRequest } from './request.ts'
import { run } from './run.ts'
import { waitUntil } from './wait-until.ts'

const { home } = readLabConfig(process.env)
const labsBefore = await findLabs(home)

/** What the verbs need besides their lab, for a test. */
export const createTestContext = (): LabContext => ({
  ...readLabConfig(process.env),
  signal: AbortSignal.timeout(300_000),
  onProgress: () => undefined,
})

/** Everything a lab could leave on the machine, one line each. */
export const readMachine = async (): Promise<string[]> => {
  const rules = await run(['iptables-save'])
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  return [
    ...(await readdir('/sys/class/net')).map((name) => `link ${name}`),
    ...(await readdir('/run/netns').catch(() => [])).map((name) => `namespace ${name}`),
    ...mounts.map((line) => `mount ${line.split(' ')[4]}`),
    ...rules.split('\n').flatMap((line) => (line.startsWith('-A') ? [`rule ${line}`] : [])),
    ...(await listFiles('/etc/docker')),
    ...(await listFiles('/var/lib/docker')),
    ...(await listLoops()).map(({ file }) => `loop ${file}`),
    ...(await listCgroupTags()).map((tag) => `cgroup ${tag}`),
    ...(await readdir(home).catch(() => [])).map((name) => `folder ${home}/${name}/`),
  ]
}

const listFiles = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true }).catch(() => [])
  return entries.map((entry) => `file ${folder}/${entry}`)
}

/** Processes whose command, environment, cgroup or mounts speak of a lab of this name. */
export const findProcesses = async (name: string): Promise<string[]> => {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
  const texts = await Promise.all(
    pids.map(async (pid) => {
      const files = ['cmdline', 'environ', 'cgroup', 'mountinfo'].map((file) => `/proc/${pid}/${file}`)
      return (await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))).join('\n')
    }),
  )
  const mark = new RegExp(`atoll-lab/${name}[./]|ATOLL_LAB_TAG=${name}[.]`)
  return pids.filter((_, position) => mark.test(texts[position] ?? ''))
}

/** Those of them that run one of these programs: others come and go, such as what starts a container. */
export const findPrograms = async (name: string, programs: readonly string[]): Promise<string[]> => {
  const pids = await findProcesses(name)
  const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')))
  return pids.filter((_, position) => programs.includes(names[position]?.trim() ?? ''))
}

/** Fails when the machine has more than before. Somebody may use a lab of their own meanwhile; what bears its marks is theirs. */
export const expectNothingNew = async (before: readonly string[], name: string): Promise<void> => {
  const others = [...labsBefore, ...(await findLabs(home))].filter((lab) => !new RegExp(`^${name}$`).test(lab.name))
  const marks = others.flatMap((lab) => [lab.tag, lab.bridge, `${lab.folder}/`])
  const added = (await readMachine()).filter((line) => !before.includes(line))
  expect(added.filter((line) => !marks.some((mark) => line.includes(mark)))).toEqual([])
  expect(await findProcesses(name)).toEqual([])
}

/** Starts `up` in a process of its own and kills that after a while; on a fast machine it may have ended by itself before. */
export const killUp = async (
  request: LabRequest,
  after: number | (() => Promise<unknown>),
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Promise<void> => {
  const child = startUp(request, variables)
  const ended = once(child, 'exit')
  await Promise.race([typeof after === 'number' ? delay(after) : after(), ended])
  child.kill('SIGKILL')
  await ended
}

const startUp = (request: LabRequest, variables: Readonly<Record<string, string | undefined>>) => {
  const config = JSON.stringify(readLabConfig(variables))
  const script = `import { upLab } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    const signal = AbortSignal.timeout(60_000)
    await upLab(${JSON.stringify(request)}, { ...${config}, signal, onProgress: () => undefined })`
  return spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' })
}

/** The kernel ends what is left when its caller dies; a moment later nothing speaks of the folder any more. */
export const awaitNobodyAt = (folder: string): Promise<true> =>
  waitUntil(
    async () => {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
      return lines.some((line) => line.includes(folder)) ? undefined : true
    },
    { what: `nobody to work at ${folder}`, timeoutMs: 10_000 },
  )
