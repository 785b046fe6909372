import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Problem } from './problem.ts'

/** What a person would wait, in processor time: the machine may be busy with other tests. Node's own start is in it. */
const MAX_CPU_MS = 1_000
const MAX_MEMORY_MB = 200

/** Longest text of a problem: it is read in a terminal. */
const MAX_MESSAGE_CHARACTERS = 2_000

interface Cost {
  readonly problems: readonly Problem[]
  readonly cpuMs: number
  readonly memoryMb: number
}

/** Loads `compose.yaml` of the folder it is given, in a process of its own, and says what that cost. */
const PROGRAM = `
  import { existsSync, readFileSync, statSync } from 'node:fs'
  const { loadProject } = await import(process.argv[1])
  const workingDir = process.argv[2]
  const read = (path) => {
    if (!existsSync(path)) return { kind: 'absent' }
    const { size } = statSync(path)
    if (size > 8 * 1024 * 1024) return { kind: 'too-large', bytes: size }
    const bytes = readFileSync(path)
    return bytes.includes(0) ? { kind: 'binary' } : { kind: 'text', text: bytes.toString() }
  }
  const variables = { BIG: 'x'.repeat(100_000) }
  const { problems } = loadProject({ files: ['compose.yaml'], workingDir, profiles: [], variables, read, exists: existsSync })
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  // Not maxRSS: on Linux that begins with what the parent had when it forked.
  const [, peakKb] = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  console.log(JSON.stringify({ problems, cpuMs: (userCPUTime + systemCPUTime) / 1_000, memoryMb: Number(peakKb) / 1_024 }))
`

type Files = Readonly<Record<string, string | Uint8Array>>

const load = async (files: Files): Promise<Cost> => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-hostile-'))
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
    const room = new URL('index.ts', import.meta.url).href
    const argv = ['--input-type=module', '--eval', PROGRAM, room, folder]
    const { stdout } = await promisify(execFile)(process.execPath, argv, {
      timeout: 20_000,
      maxBuffer: 16 * 1024 * 1024,
    })
    return JSON.parse(stdout) as Cost
  } finally {
    await rm(folder, { recursive: true })
  }
}

const WEB = 'services:\n  web:\n    image: web\n'
const times = (count: number, render: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => render(index)).join('')

const cases: readonly (readonly [name: string, reason: RegExp, files: Files])[] = [
  [
    'aliases to aliases',
    /stand for more than/,
    {
      'compose.yaml': `x-0: &a0 [x, x]\n${times(40, (index) => `x-${index + 1}: &a${index + 1} [*a${index}, *a${index}]\n`)}${WEB}`,
    },
  ],
  [
    'merge keys over merge keys',
    /more than/,
    {
      'compose.yaml': `x-0: &a0 {${times(500, (index) => `k${index}: v, `)}}\n${times(2_000, (index) => `x-${index + 1}: &a${index + 1} {<<: *a${index}}\n`)}${WEB}`,
    },
  ],
  ['an alias to itself', /alias/, { 'compose.yaml': `x-a: &a [*a]\n${WEB}` }],
  ['a hundred thousand keys', /more than/, { 'compose.yaml': times(100_000, (index) => `k${index}: v\n`) }],
  [
    'a hundred thousand services',
    /more than/,
    { 'compose.yaml': `services:\n${times(100_000, (index) => `  k${index}: {image: x}\n`)}` },
  ],
  [
    'a hundred thousand variables',
    /more than/,
    { 'compose.yaml': `${WEB}    environment:\n${times(100_000, (index) => `      - K${index}=v\n`)}` },
  ],
  ['a hundred megabytes', /bytes/, { 'compose.yaml': Buffer.alloc(100 * 1024 * 1024, 'a') }],
  ['eight megabytes in one text', /characters/, { 'compose.yaml': `${WEB}    command: "${'a'.repeat(8_000_000)}"` }],
  ['a million open brackets', /deep/, { 'compose.yaml': `x-a: ${'['.repeat(1_000_000)}` }],
  ['keys nested without end', /deep/, { 'compose.yaml': times(1_000, (index) => `${' '.repeat(index)}a:\n`) }],
  [
    'defaults nested without end',
    /deep/,
    { 'compose.yaml': `${WEB}    command: "${'${A:-'.repeat(50_000)}${'}'.repeat(50_000)}"` },
  ],
  [
    'a long variable, a thousand times',
    /variables add/,
    { 'compose.yaml': `${WEB}    command: "${'$BIG'.repeat(1_000)}"` },
  ],
  [
    'an env file that doubles with each line',
    /variables add/,
    {
      'compose.yaml': WEB,
      '.env': `A0=0123456789\n${times(5_000, (index) => `A${index + 1}=$A${index}$A${index}\n`)}`,
    },
  ],
  [
    'all ports, a thousand times',
    /more than/,
    { 'compose.yaml': `${WEB}    ports:\n${times(1_000, () => '      - 1-65535:1-65535\n')}` },
  ],
  [
    'services that extend each other in a circle over two files',
    /circle/,
    {
      'compose.yaml': 'services:\n  a: {extends: {service: b, file: other.yaml}}\n',
      'other.yaml': 'services:\n  b: {extends: {service: a, file: compose.yaml}}\n',
    },
  ],
  [
    'a large service, extended by a thousand',
    /extend/,
    {
      'compose.yaml': `services:\n${times(1_000, (index) => `  k${index}: {extends: {service: web, file: other.yaml}}\n`)}`,
      'other.yaml': `${WEB}    environment:\n${times(1_000, (index) => `      K${index}: v\n`)}`,
    },
  ],
  ['a file that includes itself', /circle/, { 'compose.yaml': `include: [compose.yaml]\n${WEB}` }],
  [
    'includes that double with each file',
    /more than/,
    {
      'compose.yaml': 'include: [include-0.yaml]',
      ...Object.fromEntries(
        Array.from({ length: 40 }, (_, index) => [
          `include-${index}.yaml`,
          index === 39 ? WEB : `include: [include-${index + 1}.yaml, ./include-${index + 1}.yaml]\n`,
        ]),
      ),
    },
  ],
  [
    'files that are not there',
    /gone\.yaml/,
    {
      'compose.yaml': `include: [absent.yaml]\n${WEB}    env_file: absent.env\n    extends: {service: a, file: gone.yaml}\n`,
    },
  ],
  ['bytes', /not text/, { 'compose.yaml': new Uint8Array([0, 1, 2, 255]) }],
  ['no file at all', /does not exist/, {}],
]

describe('hostile input ends in a problem, soon and without filling the memory', () => {
  it.each(cases)('%s', { timeout: 30_000 }, async (_, reason, files) => {
    const { problems, cpuMs, memoryMb } = await load(files)
    expect(
      problems
        .filter(({ severity }) => severity === 'error')
        .map(({ message }) => message)
        .join('\n'),
    ).toMatch(reason)
    expect(Math.max(...problems.map(({ message }) => message.length))).toBeLessThan(MAX_MESSAGE_CHARACTERS)
    expect(cpuMs).toBeLessThan(MAX_CPU_MS)
    expect(memoryMb).toBeLessThan(MAX_MEMORY_MB)
  })
})
