import type { Cli } from '../../cli.ts'
import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { askFor, readTextFile } from '../../platform/ask.ts'
import { once } from '../../platform/once.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderBackupSettings } from '../../terminal/backups.ts'
import { parseSince } from '../../terminal/time.ts'

type Own = {
  /** 0: never. */
  readonly every?: number
  readonly keep?: number
  readonly recipient?: readonly string[]
  readonly place?: string
  readonly endpoint?: string
  readonly region?: string
  readonly accessKey?: string
  readonly secretFile?: string
}
type Flags = JsonFlags & ContextFlags & Own

const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, optional: true, brief, placeholder }) as const

export const command = defineCommand<Flags, []>({
  description: `Without flags it shows how backups are made by themselves; with some it changes that, which takes an owner who is signed in.

The control of the leading manager makes them: it restores each into memory, compares, writes it to a bucket of S3 or of what speaks
S3, and reads it back. The secret of the access key is kept sealed. The newest --keep stay there, and always the last that was
proven. What fails is tried again after a quarter of an hour, and told in "atoll status".

--recipient is also for whom "atoll backup" makes one when nobody says another; a token may ask for no other.`,
  usage: '[--every TIME|never] [--keep N] [--recipient KEY] [--place URL ...]',
  examples: [
    ['atoll backup settings', 'what is set'],
    [
      'atoll backup settings --place s3://backups/shop --endpoint https://s3.eu-central-1.amazonaws.com --region eu-central-1 --access-key AKIA...',
      'where; the secret of that key is asked for',
    ],
    ['atoll backup settings --recipient age1... --every 24h --keep 14', 'for whom, and how often'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      every: {
        kind: 'parsed',
        parse: parseEvery,
        optional: true,
        brief: 'How often: 24h, 6h; ten minutes at least; or never',
        placeholder: 'time',
      },
      keep: {
        kind: 'parsed',
        parse: parseKeep,
        optional: true,
        brief: 'How many stay; 7 unless said',
        placeholder: 'n',
      },
      recipient: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        brief: 'Public key of age that they are for; repeat for more',
        placeholder: 'key',
      },
      place: text('Where: s3://BUCKET/PREFIX', 'url'),
      endpoint: text('Of S3: https://s3.REGION.amazonaws.com, or another server', 'url'),
      region: text('Of S3; us-east-1 unless said', 'name'),
      accessKey: text('Id of the access key', 'id'),
      secretFile: text('File with its secret, which is asked for otherwise; "-" is standard input', 'path'),
    },
  },
  run: async (cli, { json, context, ...flags }) => {
    const body = await toChange(cli, flags)
    await using connection = await connectPlatform(cli, context === undefined ? {} : { context })
    const { client } = connection
    const settings =
      Object.keys(body).length === 0
        ? await client.call('getBackupSettings', {}, cli.signal)
        : await once((headers) => client.call('changeBackupSettings', { body, headers }, cli.signal), cli.signal)
    cli.stdout.write(json ? `${JSON.stringify(settings)}\n` : `${renderBackupSettings(settings).join('\n')}\n`)
    return exitStatus.good
  },
})

const toChange = async (cli: Cli, flags: Own) => {
  const { every, keep, recipient, place: url } = flags
  const place = url === undefined ? refuseAlone(flags) : await describePlace(cli, url, flags)
  return {
    ...(every === undefined ? {} : { everyMs: every === 0 ? null : every }),
    ...(keep === undefined ? {} : { keep }),
    ...(recipient === undefined ? {} : { recipients: [...recipient] }),
    ...(place === undefined ? {} : { place }),
  }
}

const refuseAlone = ({ endpoint, region, accessKey, secretFile }: Own): undefined => {
  if ([endpoint, region, accessKey, secretFile].every((value) => value === undefined)) return undefined
  throw new UsageError('--endpoint, --region, --access-key and --secret-file are of a place', 'say --place, too')
}

const describePlace = async (cli: Cli, url: string, flags: Own) => {
  const { region = 'us-east-1', accessKey, secretFile } = flags
  if (accessKey === undefined) throw new UsageError(`--place ${url}: with which key?`, 'say --access-key ID')
  const secret = { question: `Secret of the access key ${accessKey}`, flag: '--secret-file' }
  const secretAccessKey =
    secretFile === undefined ? await askFor(cli, cli.askSecret, secret) : readTextFile(cli, secretFile)
  const endpoint = flags.endpoint ?? `https://s3.${region}.amazonaws.com`
  return { url, endpoint, region, accessKeyId: accessKey, secretAccessKey }
}

const least = 600_000
const longest = 31 * 86_400_000

function parseEvery(input: string): number {
  if (input === 'never') return 0
  const ms = /^\d+[mhd]$/.test(input) ? parseSince(input, 0) : undefined
  if (ms !== undefined && -ms >= least && -ms <= longest) return -ms
  throw new UsageError(`--every "${input}": it is no time between ten minutes and a month`, 'say 24h, or never')
}

function parseKeep(input: string): number {
  const count = Number(input)
  if (/^\d{1,4}$/.test(input) && count >= 1 && count <= 1000) return count
  throw new UsageError(`--keep "${input}": it is no number between 1 and 1000`, 'say 14')
}
