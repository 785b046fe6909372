import { isDeepStrictEqual } from 'node:util'
import { ApiError, buildHeader, mostHeaderCharacters, renderBuildSettings } from '@atoll/api'
import type { BuildSettings, Client } from '@atoll/api'
import type { RunOptions } from '@atoll/deploy'
import { isAddress, openBuildContext } from '@atoll/engine/build-context'
import type { App, Build } from '@atoll/spec'
import { CommandError, InterruptedError } from '../errors.ts'

/** Digest references by service. */
export type BuiltImages = Readonly<Record<string, string>>

/**
 * Sends the folder of each `build` to a control, which builds and pushes it, and tells of it as a deployment does. The same
 * build of two services is done once. Nothing that runs is changed by it: InterruptedError says so when the signal ends it.
 */
export const buildImages = async (client: Client, app: App, options: RunOptions): Promise<BuiltImages> => {
  const images: Record<string, string> = {}
  const done: { readonly build: Build; readonly image: string }[] = []
  for (const { name, build } of app.services) {
    if (build === undefined) continue
    if (done.length === 0) options.onEvent({ kind: 'phase', atMs: Date.now(), phase: 'build' })
    const same = done.find((other) => isDeepStrictEqual(other.build, build))
    const image = same?.image ?? (await buildImage(client, { app, service: name, build }, options))
    done.push({ build, image })
    images[name] = image
  }
  return images
}

interface Wanted {
  readonly app: App
  readonly service: string
  readonly build: Build
}

const buildImage = async (client: Client, wanted: Wanted, options: RunOptions): Promise<string> => {
  const doing = `build ${wanted.service} of ${wanted.app.name}/${wanted.app.environment}`
  try {
    return await send(client, wanted, options)
  } catch (cause) {
    if (options.signal.aborted) throw new InterruptedError(`${doing}: interrupted; nothing was changed`, { cause })
    if (isTold(cause)) throw cause
    throw new CommandError('connection-lost', `${doing}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: 'nothing was changed; deploy again',
      cause,
    })
  }
}

/** Who answers says itself what went wrong; so does who packs the folder. */
const isTold = (cause: unknown): boolean =>
  cause instanceof ApiError || cause instanceof CommandError || (cause instanceof Error && cause.name === 'EngineError')

const send = async (
  client: Client,
  { app, service, build }: Wanted,
  { signal, onEvent }: RunOptions,
): Promise<string> => {
  const onLine = (line: string): void => onEvent({ kind: 'build', atMs: Date.now(), service, line })
  if (build.tags.length > 0) onLine('build.tags is left out: the cluster names its images itself')
  await using packed = await pack(build, signal)
  const params = { app: app.name, environment: app.environment }
  const headers = { [buildHeader]: renderHeader(toSettings({ service, build, dockerfile: packed.dockerfile })) }
  for await (const line of client.lines('buildImage', { params, headers, upload: packed.upload }, signal)) {
    if (line.kind === 'built') return line.reference
    if (line.kind === 'failed') throw new ApiError(line.failure)
    onLine(line.line)
  }
  throw new Error('the control left in the middle of it')
}

interface Packed extends AsyncDisposable {
  /** Inside of what is sent. */
  readonly dockerfile: string
  readonly upload: () => AsyncIterable<Uint8Array>
}

/** Packed while it is sent, and anew for each control that is tried. */
const pack = async (build: Build, signal: AbortSignal): Promise<Packed> => {
  let next = isAddress(build.context) ? undefined : await openBuildContext(build, signal)
  const dockerfile = next?.dockerfile ?? build.dockerfile
  const upload = async function* (): AsyncGenerator<Uint8Array, void> {
    if (isAddress(build.context)) return
    const context = next ?? (await openBuildContext(build, signal))
    next = undefined
    yield* context.tar as AsyncIterable<Uint8Array>
  }
  return { dockerfile, upload, [Symbol.asyncDispose]: async () => void next?.tar.destroy() }
}

interface Described extends Omit<Wanted, 'app'> {
  readonly dockerfile: string
}

const toSettings = ({ service, build, dockerfile }: Described): BuildSettings => {
  const { context, target, args, labels, extraHosts, network, platforms, isPulling, noCache } = build
  return {
    service,
    ...(isAddress(context) ? { address: context } : {}),
    dockerfile,
    ...(target === undefined ? {} : { target }),
    args,
    labels,
    extraHosts: [...extraHosts],
    ...(network === undefined ? {} : { network }),
    platforms: [...platforms],
    isPulling,
    noCache,
  }
}

const renderHeader = (settings: BuildSettings): string => {
  const text = renderBuildSettings(settings)
  if (text.length <= mostHeaderCharacters) return text
  throw new CommandError('too-large', `build ${settings.service}: its settings have ${text.length} characters`, {
    hint: `a control takes ${mostHeaderCharacters}; shorten build.args and build.labels`,
  })
}
