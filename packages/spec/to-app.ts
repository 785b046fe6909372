import type { App, SecretValues, Service } from './app.ts'
import type { Problem } from './problem.ts'
import type { Project } from './project.ts'
import { aliasesOf } from './app/aliases.ts'
import { storedFilesOf, type ContentSources } from './app/files.ts'
import { checkKeys } from './app/keys.ts'
import { awaitedServicesOf, isEnding } from './app/mode.ts'
import { networksOf } from './app/networks.ts'
import { appRoutesOf } from './app/routes/app-routes.ts'
import type { CertificateReader } from './app/routes/client-certificates.ts'
import { topKeys } from './app/section-keys.ts'
import { serviceOf, type Surroundings } from './app/service.ts'
import { checkSharing } from './app/sharing.ts'
import { at, entriesOf, itemsOf, refuse, rootOf, textOf, type Source } from './app/source.ts'
import { volumesOf } from './app/volumes.ts'

export type { ContentRead } from './app/files.ts'
export type { ReadCertificate } from './app/routes/client-certificates.ts'

export interface ToAppOptions extends ContentSources, CertificateReader {
  /** `production`, `staging`, ...: `[a-z0-9][a-z0-9-]*`. */
  readonly environment: string
}

/**
 * `app` is there even when problems are errors, mapped as far as it goes, so that it can be looked at: a caller that
 * would deploy it asks `hasErrors(problems)` first.
 */
export interface MappedApp {
  readonly app: App
  readonly secrets: SecretValues
  readonly problems: readonly Problem[]
}

/** The canonical compose model as Atoll deploys it. What cannot be honoured is a Problem at its place in the file. */
export function toApp(project: Project, options: ToAppOptions): MappedApp {
  const problems: Problem[] = []
  const root = rootOf({ project, problems })
  checkKeys(root, topKeys)
  checkEnvironment(root, options.environment)
  const namespace = { app: project.model.name, environment: options.environment }

  const volumes = volumesOf(root, namespace)
  const networks = networksOf(root, namespace)
  const configs = storedFilesOf(root, 'configs', { namespace, contents: options, used: usedBy(root, 'configs') })
  const secrets = storedFilesOf(root, 'secrets', { namespace, contents: options, used: usedBy(root, 'secrets') })
  const sources = at(root, 'services')
  const around: Surroundings = {
    namespace,
    volumes,
    networks,
    configs: configs.files,
    secrets: secrets.files,
    awaited: awaitedServicesOf(sources),
    aliases: aliasesOf(sources),
  }
  const services = entriesOf(sources).map(([name, source]) => serviceOf(source, name, around))
  checkSharing(root, services)
  const routes = appRoutesOf(sources, {
    ...(options.readCertificate && { readCertificate: options.readCertificate }),
    names: new Set(services.map(({ name }) => name)),
    ending: new Set(services.filter(({ mode }) => isEnding(mode)).map(({ name }) => name)),
  })

  const app: App = {
    name: namespace.app,
    environment: namespace.environment,
    services,
    networks: [...networks.values()],
    volumes: [...volumes.values()].filter(({ name }) => isMounted(services, name)),
    configs: [...configs.files.values()],
    secrets: [...secrets.files.values()],
    ...(textOf(at(root, 'x-atoll', 'drift')) === 'repair' ? { drift: 'repair' } : {}),
    ...teamOf(root),
    ...(routes.length > 0 && { routes }),
  }
  return { app, secrets: secrets.values, problems }
}

const teamOf = (root: Source): Pick<App, 'team'> => {
  const source = at(root, 'x-atoll', 'team')
  const team = textOf(source)
  if (team === undefined) return {}
  if (/^[a-z0-9][a-z0-9-]{0,59}$/.test(team)) return { team }
  refuse(source, `a team cannot be called ${JSON.stringify(team)}`, 'use a-z, 0-9 and -, 60 at most')
  return {}
}

const checkEnvironment = (root: Source, environment: string): void => {
  if (/^[a-z0-9][a-z0-9-]*$/.test(environment)) return
  refuse(root, `an environment cannot be called ${JSON.stringify(environment)}`, 'use a-z, 0-9 and -')
}

/** Names of configs or secrets that some service mounts; the others are not made. */
const usedBy = (root: Source, section: 'configs' | 'secrets'): ReadonlySet<string> =>
  new Set(
    entriesOf(at(root, 'services')).flatMap(([, service]) =>
      itemsOf(at(service, section)).map((item) => textOf(at(item, 'source')) ?? textOf(item) ?? ''),
    ),
  )

const isMounted = (services: readonly Service[], volume: string): boolean =>
  services.some(({ mounts }) => mounts.some((mount) => mount.kind === 'volume' && mount.volume === volume))
