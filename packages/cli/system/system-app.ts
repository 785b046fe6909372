import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { streamsService } from '@atoll/deploy'
import { hasErrors, loadProject, toApp } from '@atoll/spec'
import type { App } from '@atoll/spec'
import { InvalidInputError } from '../errors.ts'
import { readContent, readFile } from '../project/read-file.ts'
import { renderDocuments } from './build.ts'
import type { PlatformBuild } from './build.ts'
import { mountedKeys } from './keys-record.ts'
import type { KeysRecord, SystemKeys } from './keys-record.ts'

/** What the platform's compose file leaves open. */
export interface SystemSettings {
  readonly keys: SystemKeys & Pick<KeysRecord, 'rotation'>
  /** What the nodes start: a digest in a registry, or an id in their engines. */
  readonly image: string
  /** Where what controls build goes: `127.0.0.1:5000`; without it they build nothing. */
  readonly registry?: string
  /** DNS names and addresses people use for the nodes, besides those the engine knows. */
  readonly names: readonly string[]
  /** Nodes serve routes at 80 and 443; unless said, they do. */
  readonly hasIngress?: boolean
  /** Ports of every node for routes of tcp and tls besides 443; none unless said, and none without an ingress. */
  readonly streamPorts?: readonly number[]
  /** How much of the images that nobody needs the nodes keep; the agents' own choice unless said. */
  readonly keptImages?: KeptImages
  /** What the image was made of; controls tell it. */
  readonly build?: PlatformBuild
}

export interface KeptImages {
  readonly days?: number
  readonly gigabytes?: number
}

export const systemRef = { app: 'atoll', environment: 'system' } as const

/** The platform as an app like any other, from the compose file beside this one. */
export const loadSystemApp = (settings: SystemSettings): App => {
  const { keys, image, registry, names, hasIngress = true, streamPorts = [], keptImages, build } = settings
  const workingDir = import.meta.dirname
  const mounted = mountedKeys(keys)
  const loaded = loadProject({
    files: [join(workingDir, 'compose.yaml')],
    workingDir,
    profiles: hasIngress ? ['ingress', ...(streamPorts.length > 0 ? ['streams'] : [])] : [],
    envFiles: [],
    variables: {
      ATOLL_IMAGE: image,
      ATOLL_BUILD: build?.name ?? '',
      ATOLL_DOCUMENTS: build === undefined ? '' : renderDocuments(build.documents),
      ATOLL_NAMES: names.join(','),
      ATOLL_REGISTRY: registry ?? '',
      ATOLL_INGRESS: hasIngress ? 'on' : 'off',
      ATOLL_IMAGES_DAYS: keptImages?.days?.toString() ?? '',
      ATOLL_IMAGES_GB: keptImages?.gigabytes?.toString() ?? '',
      ATOLL_AUTHORITY_SECRET: mounted.authority,
      ATOLL_SEALS_SECRET: mounted.seals,
      ATOLL_SEALS_BESIDE_SECRET: mounted['seals-beside'],
      ATOLL_AGENTS_SECRET: mounted.agents,
      ATOLL_AGENTS_BESIDE_SECRET: mounted['agents-beside'],
    },
    read: readFile,
    exists: existsSync,
  })
  if (loaded.project === undefined) throw new InvalidInputError(loaded.problems)
  const { app, problems } = toApp(loaded.project, { environment: systemRef.environment, readContent })
  if (hasErrors(problems)) throw new InvalidInputError(problems)
  return publish(app, streamPorts)
}

/** A compose file has no lists of an unknown length. */
const publish = (app: App, ports: readonly number[]): App => ({
  ...app,
  services: app.services.map((service) =>
    service.name === streamsService
      ? { ...service, ports: ports.map((port) => ({ target: port, published: port, protocol: 'tcp', mode: 'host' })) }
      : service,
  ),
})
