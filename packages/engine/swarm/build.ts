import { Readable } from 'node:stream'
import { z } from 'zod'
import type { BuildRequest } from '../engine.ts'
import { builtForLabel, repositoryOf } from '../storage/inventory.ts'
import { EngineError } from '../errors.ts'
import { isAddress, openBuildContext } from './build-context.ts'
import type { BuildContext } from './build-context.ts'
import { followBuild } from './build-progress.ts'
import type { Api, Call } from './client.ts'
import { authHeader, encodeHeader } from './registry-auth.ts'
import type { RegistryAuth } from './registry-auth.ts'
import { progressReply } from './replies.ts'
import { readJsonLines } from './streams.ts'

/** The engine says nothing before it has read the whole folder, which may be large and the line to it thin. */
const uploadTimeoutMs = 30 * 60_000
const pushTimeoutMs = 10 * 60_000

export interface BuildTools {
  /** One engine: what it built is what it pushes. */
  readonly engine: Api
  readonly auth: RegistryAuth
}

/**
 * Builds with BuildKit, pushes, and gives `REFERENCE@sha256:...`. BuildKit pulls with credentials only through a session of
 * the docker client's own protocol; a build that needs them is done by the classic builder, which takes them in a header.
 */
export const buildImage = async (tools: BuildTools, request: BuildRequest, signal: AbortSignal): Promise<string> => {
  const { platforms } = request.build
  if (platforms.length > 1)
    throw new EngineError(
      'refused',
      `build ${request.reference}: for ${platforms.join(' and ')} at once; name one platform`,
    )
  try {
    await runBuild(tools, { request, builder: 'buildkit' }, signal)
  } catch (error) {
    // What came packed was read, and comes no second time.
    const isOver = request.packed !== undefined
    if (isOver || !(error instanceof EngineError) || !needsSession(error)) throw error
    request.onLine('a base image needs credentials: building with the classic builder')
    await runBuild(tools, { request, builder: 'classic' }, signal)
  }
  return `${request.reference}@${await pushImage(tools, request, signal)}`
}

const needsSession = (error: EngineError): boolean =>
  /no active session|unauthorized|authorization failed|denied|401|403/i.test(error.message)

interface Run {
  readonly request: BuildRequest
  readonly builder: 'buildkit' | 'classic'
}

const runBuild = async ({ engine, auth }: BuildTools, run: Run, signal: AbortSignal): Promise<void> => {
  const doing = `build ${run.request.reference}`
  const context = await openContext(run.request, signal)
  try {
    const stream = await engine.stream(await buildCall(run, { context, auth }), signal)
    await readAll(stream, followBuild(doing, run.request.onLine), { doing, signal })
  } finally {
    context?.tar.destroy()
  }
}

/** Undefined: the engine fetches the context from its address. */
const openContext = async ({ build, packed }: BuildRequest, signal: AbortSignal): Promise<BuildContext | undefined> => {
  if (packed !== undefined) return { tar: Readable.from(packed, { objectMode: false }), dockerfile: build.dockerfile }
  return isAddress(build.context) ? undefined : openBuildContext(build, signal)
}

/** By which the image can be told from one that somebody brought, when no app has it any more. */
const labelsOf = ({ build, reference }: BuildRequest): Readonly<Record<string, string>> => {
  const repository = repositoryOf(reference)
  return repository === undefined ? build.labels : { ...build.labels, [builtForLabel]: repository }
}

const buildCall = async (
  { request, builder }: Run,
  { context, auth }: { readonly context: BuildContext | undefined; readonly auth: RegistryAuth },
): Promise<Call> => {
  const { build, reference } = request
  return {
    method: 'POST',
    path: '/build',
    query: {
      version: builder === 'buildkit' ? 2 : 1,
      t: [reference, ...build.tags],
      dockerfile: context?.dockerfile ?? build.dockerfile,
      remote: context === undefined ? build.context : undefined,
      buildargs: build.args,
      labels: labelsOf(request),
      target: build.target,
      networkmode: build.network,
      extrahosts: build.extraHosts,
      platform: build.platforms[0],
      nocache: build.noCache,
      pull: build.isPulling ? 1 : undefined,
      rm: true,
      forcerm: true,
    },
    headers: { ...encodeHeader('X-Registry-Config', await auth.all()), 'Content-Type': 'application/x-tar' },
    body: context?.tar,
    timeoutMs: uploadTimeoutMs,
  }
}

const pushedAux = z.object({ Digest: z.string() })

/** Gives the digest it has in its registry. */
export const pushImage = async (
  { engine, auth }: BuildTools,
  request: Pick<BuildRequest, 'reference' | 'onLine'>,
  signal: AbortSignal,
): Promise<string> => {
  const { reference } = request
  const { name, tag } = splitTag(reference)
  const headers = await authHeader(auth, reference)
  const call: Call = {
    method: 'POST',
    path: `/images/${encodeURI(name)}/push`,
    query: { tag },
    headers,
    timeoutMs: pushTimeoutMs,
  }
  const doing = `push ${reference}`
  let digest = ''
  request.onLine(`pushing ${reference}`)
  const follow = (line: unknown): void => {
    const { error, aux } = progressReply.parse(line)
    if (error !== undefined)
      throw new EngineError('refused', `${doing}: ${error}; is the registry up, and are you logged in to it?`, {
        retry: true,
      })
    digest = pushedAux.safeParse(aux).data?.Digest ?? digest
  }
  await readAll(await engine.stream(call, signal), follow, { doing, signal })
  if (digest === '') throw new EngineError('invalid', `${doing}: the engine did not say which digest it pushed`)
  request.onLine(`pushed ${digest}`)
  return digest
}

/** The last part's colon parts the tag; one before it is a registry's port. */
const splitTag = (reference: string): { readonly name: string; readonly tag: string } => {
  const match = /^(.+):([^:/@]+)$/.exec(reference)
  return { name: match?.[1] ?? reference, tag: match?.[2] ?? 'latest' }
}

const readAll = async (
  stream: Parameters<typeof readJsonLines>[0],
  take: (line: unknown) => void,
  { doing, signal }: { readonly doing: string; readonly signal: AbortSignal },
): Promise<void> => {
  try {
    for await (const line of readJsonLines(stream)) take(line)
  } catch (error) {
    if (error instanceof EngineError) throw error
    const message = signal.aborted ? `${doing}: stopped` : `${doing}: the connection to the engine broke`
    throw new EngineError(signal.aborted ? 'timeout' : 'unreachable', message, { cause: error, retry: !signal.aborted })
  }
}
