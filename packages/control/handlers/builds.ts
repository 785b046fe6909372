import { buildHeader, buildSettings } from '@atoll/api'
import type { Reply } from '@atoll/api'
import { buildLimits, collect } from '@atoll/engine/remote'
import type { Build } from '@atoll/spec'
import type { z } from 'zod'
import { appendAudit } from '../audit/audit.ts'
import { nameBuild } from '../build-name.ts'
import type { Control } from '../control.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import { toFailure } from '../to-failure.ts'
import type { Handler, Handlers } from './handler.ts'
import { refuseReserved } from './reserved.ts'

type Settings = z.output<typeof buildSettings>
type Line = Reply<'buildImage'>

const buildImage: Handler<'buildImage'> = async (control, request) => {
  const { params, caller, address, signal, header, upload } = request
  refuseReserved(params)
  const settings = readSettings(header(buildHeader))
  const reference = nameBuild(control, params, settings.service)
  const subject = `${params.app}/${params.environment}`
  const after = { service: settings.service, reference }
  await appendAudit(control, { by: caller.description, action: 'buildImage', subject, address, after }, signal)
  return tell(control, { settings, reference, upload }, signal)
}

interface Order {
  readonly settings: Settings
  readonly reference: string
  readonly upload: AsyncIterable<Uint8Array>
}

/** The answer has begun, so a failure is its last line. */
async function* tell(control: Control, order: Order, signal: AbortSignal): AsyncGenerator<Line, void> {
  try {
    yield* collect<Line>(limits.buildLines, (push) => build(control, { ...order, push }, signal))
  } catch (error) {
    const failure = toFailure(error)
    control.log({ event: 'build failed', reference: order.reference, code: failure.code })
    yield { kind: 'failed', failure }
  }
}

const build = async (
  { engine }: Control,
  { settings, reference, upload, push }: Order & { readonly push: (line: Line) => void },
  signal: AbortSignal,
): Promise<void> => {
  const onLine = (line: string): void => push({ kind: 'line', line })
  const packed = settings.address === undefined ? { packed: limitBytes(upload, buildLimits.tarBytes) } : {}
  const built = await engine.buildImage({ build: toBuild(settings), reference, onLine, ...packed }, signal)
  push({ kind: 'built', reference: built })
}

/** Further tags would be names of the caller's own choice. */
const toBuild = ({ service, address, ...settings }: Settings): Build => ({
  ...settings,
  context: address ?? service,
  tags: [],
})

/** Ends with ControlError `too-large` at the limit. */
export async function* limitBytes(
  upload: AsyncIterable<Uint8Array>,
  mostBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0
  for await (const chunk of upload) {
    bytes += chunk.length
    if (bytes > mostBytes) throw tooLarge(mostBytes)
    yield chunk
  }
}

const tooLarge = (mostBytes: number): ControlError =>
  new ControlError('too-large', `the context of the build is above ${Math.floor(mostBytes / 1024 ** 2)} MiB`, {
    status: 413,
    hint: 'name what is not needed in .dockerignore',
  })

/** Says what is wrong, and no value: arguments may be secret. */
const readSettings = (text: string | undefined): Settings => {
  const parsed = buildSettings.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue === undefined ? '' : ` (${issue.path.map(String).join('.').slice(0, 200)}: ${issue.code})`
  throw new ControlError('invalid', `the header ${buildHeader} is no JSON of a build${where}`, {
    status: 400,
    hint: 'GET /v1/openapi.json says what is expected',
  })
}

const parseJson = (text = ''): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const buildHandlers: Handlers<'buildImage'> = { buildImage }
