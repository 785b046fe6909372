import type { Network, Service, StoredFile, Volume } from '../app.ts'
import { buildOf } from './build.ts'
import { containerOf } from './container.ts'
import { defined } from './defined.ts'
import { dependenciesOf } from './dependencies.ts'
import { fileReferencesOf } from './files.ts'
import { checkKeys } from './keys.ts'
import { loggingOf } from './logging.ts'
import { modeOf } from './mode.ts'
import { mountsOf } from './mounts.ts'
import { engineName, type Namespace } from './names.ts'
import { attachmentsOf } from './networks.ts'
import { placementOf } from './placement.ts'
import { portsOf } from './ports.ts'
import { resourcesOf } from './resources.ts'
import { restartOf } from './restart.ts'
import { deployKeys } from './section-keys.ts'
import { serviceKeys } from './service-keys.ts'
import { at, pairsOf, refuse, type Source } from './source.ts'
import { updatePolicyOf } from './update.ts'

/** What a service refers to by name. */
export interface Surroundings {
  readonly namespace: Namespace
  readonly volumes: ReadonlyMap<string, Volume>
  readonly networks: ReadonlyMap<string, Network>
  readonly configs: ReadonlyMap<string, StoredFile>
  readonly secrets: ReadonlyMap<string, StoredFile>
  /** Services that others wait for until they have completed. */
  readonly awaited: ReadonlySet<string>
  readonly aliases: ReadonlyMap<string, readonly string[]>
}

export const serviceOf = (source: Source, name: string, around: Surroundings): Service => {
  checkKeys(source, serviceKeys)
  checkKeys(at(source, 'deploy'), deployKeys)
  const container = containerOf(source)
  const build = buildOf(at(source, 'build'))
  if (container.image === '' && build === undefined) refuse(source, 'says no image', 'set image, or build')
  const mode = modeOf(source, around.awaited.has(name))
  const shape = defined({
    mode,
    mounts: mountsOf(source, around.volumes),
    ports: portsOf(source),
    healthcheck: container.healthcheck,
  })
  return {
    name,
    engineName: engineName(around.namespace, name),
    ...container,
    ...defined({ build }),
    serviceLabels: pairsOf(at(source, 'deploy', 'labels')),
    ...shape,
    configs: fileReferencesOf(at(source, 'configs'), around.configs),
    secrets: fileReferencesOf(at(source, 'secrets'), around.secrets),
    networks: attachmentsOf(source, around.networks, around.aliases.get(name) ?? []),
    resources: resourcesOf(source),
    placement: placementOf(at(source, 'deploy', 'placement')),
    restart: restartOf(source, mode),
    update: updatePolicyOf(at(source, 'deploy', 'update_config'), shape),
    rollback: updatePolicyOf(at(source, 'deploy', 'rollback_config'), shape),
    logging: loggingOf(at(source, 'logging')),
    dependsOn: dependenciesOf(at(source, 'depends_on')),
    generation: 0,
  }
}
