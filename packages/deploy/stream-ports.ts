import type { App } from '@atoll/spec'
import type { Documents } from '@atoll/store'
import type { EnvironmentRecord, Release } from './records.ts'

/** What `atoll init` installs. */
export const platform = { app: 'atoll', environment: 'system' } as const

/** Its service that has them. */
export const streamsService = 'streams'

/** Ports of every node that the platform has open for streams, ascending. */
export const streamPortsOf = ({ services }: Pick<App, 'services'>): readonly number[] =>
  services
    .filter(({ name }) => name === streamsService)
    .flatMap(({ ports }) => ports.flatMap(({ published }) => published ?? []))
    .toSorted((a, b) => a - b)

type Readable = Pick<Documents, 'find'>

/** The same of the platform that runs, for who asks often; none where there is no platform. */
export const createPortsReader = (documents: Readable) => {
  const id = `${platform.app}.${platform.environment}`
  /** Releases never change, and reading one costs. */
  let known: { readonly number: number; readonly ports: readonly number[] } | undefined
  return async (signal: AbortSignal): Promise<readonly number[]> => {
    const number = (await documents.find<EnvironmentRecord>('environment', id, signal))?.value.current
    if (number === undefined) return []
    if (known?.number === number) return known.ports
    const release = await documents.find<Release>('release', `${id}.${number}`, signal)
    // Its document may come a moment later than what says that it is current.
    if (release === undefined) return known?.ports ?? []
    known = { number, ports: streamPortsOf(release.value.app) }
    return known.ports
  }
}

export const readStreamPorts = (documents: Readable, signal: AbortSignal): Promise<readonly number[]> =>
  createPortsReader(documents)(signal)

/** What opens a port, besides those that are open. */
export const renderOpening = (open: readonly number[], port: number): string =>
  `atoll settings --stream-ports ${[...new Set([...open, port])].toSorted((a, b) => a - b).join(',')}`
