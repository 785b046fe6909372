import type { EnvironmentRef } from '@atoll/engine'
import type { Service } from '@atoll/spec'
import type { World } from './control.ts'
import { ControlError } from './errors.ts'
import type { ReadProject } from './read-upload.ts'

/** What a control names the image of a service it builds: nobody else chooses it. */
export const nameBuild = ({ registry }: World, { app, environment }: EnvironmentRef, service: string): string => {
  if (registry !== undefined) return `${registry}/${app}/${service}:${environment}`
  throw new ControlError('no-registry', `build ${service} of ${app}/${environment}: this cluster has no registry`, {
    status: 422,
    hint: 'say which with "atoll init --registry HOST"',
  })
}

interface Built {
  readonly project: ReadProject
  readonly ref: EnvironmentRef
  /** By service: what was built for it. */
  readonly images: Readonly<Record<string, string>>
}

/**
 * The project with the image of every `build` in its place. ControlError `not-built` when one is not there, `foreign-image` when
 * one is not by digest, or not of a service of this app that is built: whoever may deploy an app may not name what others run.
 */
export const placeBuilds = (world: World, { project: { app, secrets }, ref, images }: Built): ReadProject => {
  const built = app.services.filter(({ build }) => build !== undefined).map(({ name }) => name)
  const stranger = Object.keys(images).find((name) => !built.includes(name))
  if (stranger !== undefined) throw foreign(stranger, 'there is no such service with a build')
  const missing = built.filter((name) => !Object.hasOwn(images, name))
  if (missing.length > 0) throw notBuilt(missing)
  // A build that two services have in common is done once.
  const own = built.map((name) => `${nameBuild(world, ref, name)}@sha256:`)
  const place = (service: Service): Service => {
    const { build, ...rest } = service
    if (build === undefined) return service
    const image = images[service.name] ?? ''
    const isOwn = own.some((prefix) => image.startsWith(prefix) && /^[0-9a-f]{64}$/.test(image.slice(prefix.length)))
    if (!isOwn) throw foreign(service.name, 'it is no image that this cluster builds for this app')
    return { ...rest, image }
  }
  return { app: { ...app, services: app.services.map(place) }, secrets }
}

const foreign = (service: string, why: string): ControlError =>
  new ControlError('foreign-image', `images.${service}: ${why}`, {
    status: 422,
    hint: 'send what the route of builds gave for it',
  })

const notBuilt = (services: readonly string[]): ControlError =>
  new ControlError('not-built', `${services.join(', ')} would have to be built first`, {
    status: 422,
    hint: 'build each with POST .../builds and send its digest in images; "atoll deploy" does so',
  })
