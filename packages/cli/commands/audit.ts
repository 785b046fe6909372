import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Reply } from '@atoll/api'
import type { Cli } from '../cli.ts'
import { defineCommand } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { contextFlag, jsonFlag } from '../parameters.ts'
import type { ContextFlags, JsonFlags } from '../parameters.ts'
import { connectPlatform } from '../platform/open-platform.ts'
import { renderAudit } from '../terminal/audit.ts'
import { screenOf } from '../terminal/screen.ts'
import { parseSince } from '../terminal/time.ts'

type Entry = Reply<'exportAudit'>
type Client = Awaited<ReturnType<typeof connectPlatform>>['client']

type Flags = JsonFlags &
  ContextFlags & {
    readonly app?: string
    readonly person?: string
    readonly since?: string
    readonly limit: number
  }

const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, optional: true, brief, placeholder }) as const

export const command = defineCommand<Flags, [word?: Word, file?: string]>({
  description: `Every change of the cluster that went through its platform, and what was refused, newest first: who, what, of what, from
where. "export" writes the whole history, oldest first, as JSON lines. Each entry holds the hash of the one before: "verify" proves
here that none was changed, left out or put in, in the cluster or in an exported file, and ends with status 1 when one was.`,
  usage: '[export|verify] [FILE]',
  examples: [
    ['atoll audit', 'who did what, and when'],
    ['atoll audit --app shop --since 7d', 'what was done to an app within a week'],
    ['atoll audit --person ann --json', 'what somebody did, or was done to them, with what was before and after'],
    ['atoll audit export > audit.jsonl', 'the whole history, to be kept elsewhere'],
    ['atoll audit verify audit.jsonl', 'proves that nobody changed it afterwards'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      app: text('Only of this app', 'app'),
      person: text('Only what this person did, or was done to them', 'name'),
      since: text('Only since then: 10m, 7d, or 2026-07-01T08:00Z', 'when'),
      limit: { kind: 'parsed', parse: parseLimit, default: '200', brief: 'So many at most', placeholder: 'number' },
    },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: parseWord,
          optional: true,
          brief: 'Write everything out, or check the chain of hashes',
          placeholder: 'export|verify',
          proposeCompletions: () => [...words],
        },
        { parse: String, optional: true, brief: 'An exported file, for verify', placeholder: 'file' },
      ],
    },
  },
  run: async (cli, flags, word, file) => {
    if (file !== undefined && word !== 'verify') throw new UsageError('a file is only for verify')
    if (file !== undefined) return verifyChain(cli, readEntries(file), flags)
    await using connection = await connectPlatform(cli, flags)
    const { client } = connection
    if (word === 'verify') return await verifyChain(cli, client.lines('exportAudit', {}, cli.signal), flags)
    return word === 'export' ? await writeAll(cli, client) : await show(cli, client, flags)
  },
})

const words = ['export', 'verify'] as const
type Word = (typeof words)[number]

function parseWord(input: string): Word {
  const word = words.find((each) => each === input)
  if (word !== undefined) return word
  throw new UsageError(`"${input}": the words after audit are export and verify`)
}

function parseLimit(input: string): number {
  const limit = Number(input)
  if (/^\d{1,6}$/.test(input) && limit > 0) return limit
  throw new UsageError(`--limit: "${input}" is no number of entries`)
}

const show = async (cli: Cli, client: Client, flags: Flags): Promise<number> => {
  const { entries, usedPercent } = await gather(client, flags, cli)
  const { stdout, stderr } = cli
  if (flags.json) stdout.write(`${JSON.stringify(entries)}\n`)
  else stdout.write(`${renderAudit(entries, screenOf(stdout)).join('\n')}\n`)
  if (usedPercent >= nearlyFull)
    stderr.write(`the audit has ${usedPercent} % of its room; the oldest entries go when it is
full: keep them with "atoll audit export > audit.jsonl"\n`)
  return exitStatus.good
}

const nearlyFull = 80
const mostAPage = 200

const gather = async (client: Client, { app, person, since, limit }: Flags, { clock, signal }: Cli) => {
  const sinceMs = since === undefined ? undefined : readSince(since, clock.now())
  const query = {
    ...(app === undefined ? {} : { app }),
    ...(person === undefined ? {} : { person }),
    ...(sinceMs === undefined ? {} : { since: sinceMs }),
  }
  const entries: Entry[] = []
  let after: string | undefined
  let usedPercent = 0
  do {
    const more = { limit: Math.min(mostAPage, limit - entries.length), ...(after === undefined ? {} : { after }) }
    const page = await client.call('listAudit', { query: { ...query, ...more } }, signal)
    entries.push(...page.items)
    usedPercent = page.usedPercent
    after = page.next
  } while (after !== undefined && entries.length < limit)
  return { entries, usedPercent }
}

const readSince = (since: string, nowMs: number): number => {
  const atMs = parseSince(since, nowMs)
  if (atMs !== undefined) return Math.max(0, Math.floor(atMs))
  throw new UsageError(`--since: "${since}" is no time`, 'write it as 10m, 7d, or 2026-07-01T08:00Z')
}

const writeAll = async (cli: Cli, client: Client): Promise<number> => {
  for await (const entry of client.lines('exportAudit', {}, cli.signal)) cli.stdout.write(`${JSON.stringify(entry)}\n`)
  return exitStatus.good
}

/** Checked here and not in the cluster: who could change the entries could make it say anything. */
const verifyChain = async (cli: Cli, entries: AsyncIterable<Entry>, { json }: JsonFlags): Promise<number> => {
  const { createVerifier } = await import('@atoll/control')
  const verifier = createVerifier()
  let count = 0
  let last: Entry | undefined
  for await (const entry of entries) {
    if (!verifier.take(entry)) return tellBroken(cli, { entries: count, brokenAt: entry.sequence }, json)
    count += 1
    last = entry
  }
  const told = { entries: count, ...(last === undefined ? {} : { newest: last.sequence, hash: last.hash }) }
  const words = `all ${count} entries are as they were written\n`
  const end = last === undefined ? '' : `the newest is ${last.sequence}, its hash ${last.hash}: keep that elsewhere\n`
  cli.stdout.write(json ? `${JSON.stringify(told)}\n` : words + end)
  return exitStatus.good
}

interface Broken {
  readonly entries: number
  readonly brokenAt: number
}

const tellBroken = (cli: Cli, told: Broken, asJson: boolean): number => {
  const words = `entry ${told.brokenAt} is not what was written, or the one before it is missing`
  cli.stdout.write(asJson ? `${JSON.stringify(told)}\n` : `${words}\n`)
  return exitStatus.failed
}

/** The lines of an exported file. CommandError `bad-export` names the line that is none. */
async function* readEntries(path: string): AsyncGenerator<Entry, void> {
  const { auditEntry } = await import('@atoll/api')
  let line = 0
  for await (const written of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line += 1
    const parsed = auditEntry.safeParse(parseJson(written))
    if (!parsed.success) {
      const hint = 'it has to be what "atoll audit export" wrote'
      throw new CommandError('bad-export', `read ${path}: line ${line} is no entry of an audit`, { hint })
    }
    yield parsed.data
  }
}

const parseJson = (written: string): unknown => {
  try {
    return JSON.parse(written)
  } catch {
    return undefined
  }
}
