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

/** The same of the platform that runs; none where there is no platform. */
export const readStreamPorts = async (
  documents: Pick<Documents, 'find'>,
  signal: AbortSignal,
): Promise<readonly number[]> => {
  const id = `${platform.app}.${platform.environment}`
  const current = (await documents.find<EnvironmentRecord>('environment', id, signal))?.value.current
  if (current === undefined) return []
  const release = await documents.find<Release>('release', `${id}.${current}`, signal)
  return release === undefined ? [] : streamPortsOf(release.value.app)
}

/** What opens a port, besides those that are open. */
export const renderOpening = (open: readonly number[], port: number): string =>
  `atoll settings --stream-ports ${[...new Set([...open, port])].toSorted((a, b) => a - b).join(',')}`
