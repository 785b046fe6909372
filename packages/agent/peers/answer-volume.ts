import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { EngineError } from '@atoll/engine'
import { parseShape } from '@atoll/engine/remote'
import type { VolumeHost } from '@atoll/engine/swarm'
import type { z } from 'zod'
import { judgeName } from '../policy-names.ts'
import { readBody } from '../read-body.ts'
import { refuse } from '../refuse.ts'
import { recordWork } from '../log.ts'
import type { Journal } from '../log.ts'
import type { Exchange } from '../verbs/exec.ts'
import { volumeHeader, volumeName, volumeVerbs } from './volume-shapes.ts'
import type { VolumePart, VolumeVerb } from './volume-shapes.ts'

/** What of volumes another agent asks; undefined: it asks something else. */
export const findVolumePart = ({ method, url = '' }: IncomingMessage): VolumePart | undefined => {
  const name = /^\/v1\/volume\.(\w+)$/.exec(url)?.[1] ?? ''
  if (method !== 'POST') return undefined
  return name === 'read' || name === 'write' || Object.hasOwn(volumeVerbs, name) ? (name as VolumePart) : undefined
}

export interface VolumeAnswer {
  readonly volumes: VolumeHost
  readonly journal: Journal
  readonly exchange: Exchange
}

const maxBytes = 1024 * 1024

/** Does to a volume of this node what another agent asks, except to the platform's own. Tars go at the pace of who is slower. */
export const answerVolume = async (
  { volumes, journal, exchange }: VolumeAnswer,
  part: VolumePart,
  signal: AbortSignal,
): Promise<void> => {
  const { request, response } = exchange
  if (part === 'write') {
    const name = admit(parseShape(volumeName, request.headers[volumeHeader], 'write a volume'))
    await recordWork(journal, { verb: 'volume.write', ref: name }, () => volumes.write(name, request, signal))
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}')
    return
  }
  const body = await readBody(request, { maxBytes, doing: `volume.${part}` })
  if (part === 'read') {
    const name = admit(parseShape(volumeVerbs.find.request, body, 'read a volume').name)
    await recordWork(journal, { verb: 'volume.read', ref: name }, async () => {
      await using opened = await volumes.read(name, signal)
      response.writeHead(200, { 'Content-Type': 'application/octet-stream' })
      await pipeline(opened.tar, response, { signal })
    })
    return
  }
  const reply = await answerCall({ volumes, journal, part, body }, signal)
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(reply))
}

const admit = (name: string): string => {
  const violation = judgeName(name, `volumes (${name})`)
  refuse(violation === undefined ? [] : [violation], `reach volume ${name}`)
  return name
}

interface Asked {
  readonly volumes: VolumeHost
  readonly journal: Journal
  readonly part: VolumeVerb
  readonly body: unknown
}

const answerCall = ({ volumes, journal, part, body }: Asked, signal: AbortSignal): Promise<object> => {
  const parse = <Request>({ request }: { readonly request: z.ZodType<Request> }): Request =>
    parseShape(request, body, `volume.${part}`)
  switch (part) {
    case 'find':
      return find(volumes, admit(parse(volumeVerbs.find).name), signal)
    case 'sizes':
      return volumes.sizes(parse(volumeVerbs.sizes).names, signal)
    case 'digest':
      return volumes.digest(admit(parse(volumeVerbs.digest).name), signal)
    case 'create': {
      const { volume } = parse(volumeVerbs.create)
      admit(volume.Name)
      refuseOptions(volume)
      return recordWork(journal, { verb: 'volume.create', ref: volume.Name }, () =>
        volumes.create(volume, signal),
      ).then(nothing)
    }
    case 'remove': {
      const { name, owner } = parse(volumeVerbs.remove)
      admit(name)
      return recordWork(journal, { verb: 'volume.remove', ref: name }, () => volumes.remove(name, owner, signal)).then(
        nothing,
      )
    }
  }
}

const nothing = (): object => ({})

const find = async (
  volumes: VolumeHost,
  name: string,
  signal: AbortSignal,
): Promise<z.output<typeof volumeVerbs.find.reply>> => {
  const volume = await volumes.find(name, signal)
  return volume === undefined ? {} : { volume }
}

/** Options of a driver can be a path or device of the node, and then the volume is no folder of the engine's own. */
const refuseOptions = ({ Name, Driver, Options }: z.output<typeof volumeVerbs.create.request>['volume']): void => {
  if (Driver === 'local' && Object.keys(Options).length === 0) return
  throw new EngineError('refused', `create volume ${Name}: it has a driver or options, and is moved by hand`)
}
