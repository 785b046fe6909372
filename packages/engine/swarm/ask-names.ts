import type { Duplex } from 'node:stream'
import { z } from 'zod'
import type { LocalNames, NameAnswer, NameQuestion, ResolvedName } from '../names.ts'
import { EngineError } from '../errors.ts'
import { resolvedNamesShape } from '../remote/shapes/names-api.ts'
import { openClient } from './client.ts'
import type { Client } from './client.ts'
import type { Endpoint } from './endpoint.ts'
import { listNames } from './list-names.ts'
import { findPlatformImage } from './platform-image.ts'
import { createdReply } from './replies.ts'
import { readFrames } from './streams.ts'

const probeMs = 20_000
const removalMs = 20_000
const probeMemoryBytes = 96 * 1024 * 1024
const mostOutput = 256 * 1024
const doing = 'ask what names lead to'

/** Names as the engine at an endpoint knows them; be it a worker's, its name service can be asked. */
export const openLocalNames = (endpoint: Endpoint): LocalNames & AsyncDisposable => {
  const client = openClient(endpoint)
  return {
    list: (signal) => listNames(client, signal),
    ask: async (questions, signal) => {
      const image = await findPlatformImage(client, doing, signal)
      const answers: NameAnswer[] = []
      // One after the other: nobody waits for the answers, and the node has other things to do.
      for (const question of questions) answers.push(await answer({ client, image }, question, signal))
      return answers
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

interface Tools {
  readonly client: Client
  readonly image: string
}

const answer = async (tools: Tools, { networkId, names }: NameQuestion, signal: AbortSignal): Promise<NameAnswer> => {
  const container = await findContainer(tools.client, networkId, signal)
  if (container === undefined) return { kind: 'not-asked', networkId, why: 'no task of the network runs here' }
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(probeMs)])
  try {
    return { kind: 'answered', networkId, names: await probe(tools, { container, names }, bounded) }
  } catch (error) {
    signal.throwIfAborted()
    // The task may have ended meanwhile; the other networks are worth asking all the same.
    return { kind: 'not-asked', networkId, why: error instanceof Error ? error.message : String(error) }
  }
}

const containersReply = z.array(z.object({ Id: z.string() }))

const findContainer = async (client: Client, networkId: string, signal: AbortSignal): Promise<string | undefined> => {
  const filters = { network: [networkId], label: ['com.docker.swarm.task.id'], status: ['running'] }
  const call = { method: 'GET', path: '/containers/json', query: { filters }, doing } as const
  return (await client.json(call, containersReply, signal))[0]?.Id
}

interface Probe {
  readonly container: string
  readonly names: readonly string[]
}

/** A short-lived container in the network of a task's runs the probe of the platform's image, as nobody and without rights. */
const probe = async (
  { client, image }: Tools,
  { container, names }: Probe,
  signal: AbortSignal,
): Promise<readonly ResolvedName[]> => {
  const body = probeBody(image, { container, names })
  const { id } = await client.json({ method: 'POST', path: '/containers/create', body, doing }, createdReply, signal)
  try {
    const query = { stream: true, stdout: true, stderr: true }
    const output = await client.hijack({ method: 'POST', path: `/containers/${id}/attach`, query, doing }, signal)
    signal.addEventListener('abort', () => output.destroy(), { once: true })
    await client.send({ method: 'POST', path: `/containers/${id}/start`, doing }, signal)
    return await readAnswers(output)
  } finally {
    await remove(client, id)
  }
}

const probeBody = (image: string, { container, names }: Probe): object => ({
  Image: image,
  Entrypoint: ['/atoll/node', '--max-old-space-size=32', '/atoll/probe.mjs'],
  Cmd: names,
  User: '65534:65534',
  Labels: { 'atoll.probe': 'agent' },
  AttachStdout: true,
  AttachStderr: true,
  HostConfig: {
    NetworkMode: `container:${container}`,
    // Also when the agent does not live to do it.
    AutoRemove: true,
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Memory: probeMemoryBytes,
    PidsLimit: 64,
    LogConfig: { Type: 'none' },
  },
})

const readAnswers = async (output: Duplex): Promise<readonly ResolvedName[]> => {
  const said = { stdout: '', stderr: '', error: '' }
  for await (const { stream, data } of readFrames(output as AsyncIterable<Buffer>)) {
    if (said[stream].length < mostOutput) said[stream] += data.toString()
  }
  const parsed = resolvedNamesShape.safeParse(parseJson(said.stdout))
  if (parsed.success) return parsed.data
  const why = (said.stderr || said.error || 'it said nothing').slice(0, 1_000)
  throw new EngineError('invalid', `${doing}: the probe has failed: ${why}`)
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** It has ended by itself, or has to. */
const remove = async (client: Client, id: string): Promise<void> => {
  const call = { method: 'DELETE', path: `/containers/${id}`, query: { force: true } } as const
  await client.send(call, AbortSignal.timeout(removalMs)).catch(() => undefined)
}
