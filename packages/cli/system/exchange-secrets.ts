import { deploy, releases } from '@atoll/deploy'
import type { Context, Outcome, RunOptions } from '@atoll/deploy'
import type { App } from '@atoll/spec'
import { CommandError } from '../errors.ts'
import { mountedKeys } from './keys-record.ts'
import type { KeysRecord, MountedKeys, SystemKeys } from './keys-record.ts'
import { systemRef } from './system-app.ts'

/**
 * Deploys the platform as it runs, with the secrets of this moment in the places of its compose file: a release of its own,
 * rolled out one task at a time. Nothing happens where they are mounted already.
 */
export const deployKeys = async (
  context: Context,
  { keys, author }: { readonly keys: SystemKeys & Pick<KeysRecord, 'rotation'>; readonly author: string },
  options: RunOptions,
): Promise<Outcome> => {
  const current = await getPlatform(context, options.signal)
  const app = mountKeys(current, mountedKeys(keys))
  return deploy(context, { app, secrets: {}, author, acceptsWarnings: true }, options)
}

/** CommandError `no-platform`, or `platform-too-old` for one that has no place for a second key. */
export const getPlatform = async (context: Context, signal: AbortSignal): Promise<App> => {
  const found = await releases(context, systemRef, signal)
  const current = found.find(({ isCurrent }) => isCurrent)?.app
  if (current === undefined) {
    throw new CommandError('no-platform', 'exchange the keys: the platform is not installed here', {
      hint: 'run "atoll init"',
    })
  }
  if (current.secrets.some(({ name }) => name === 'seals-beside')) return current
  throw new CommandError('platform-too-old', 'exchange the keys: this platform has no place for a second key', {
    hint: 'run "atoll upgrade", which brings it up to date',
  })
}

const mountKeys = (app: App, mounted: MountedKeys): App => {
  const names: Readonly<Record<string, string>> = { ...mounted }
  const exchange = <File extends { readonly name: string; readonly engineName: string }>(file: File): File => ({
    ...file,
    engineName: names[file.name] ?? file.engineName,
  })
  return {
    ...app,
    secrets: app.secrets.map(exchange),
    services: app.services.map((service) => ({ ...service, secrets: service.secrets.map(exchange) })),
  }
}
