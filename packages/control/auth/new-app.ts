import type { World } from '../control.ts'

/** Where an app is deployed when nobody says otherwise. */
const usualEnvironment = 'production'

/**
 * Whether nothing is known of an app: no environment runs or ever ran that is not removed, no volume is left of one, and
 * nothing is allowed to it beyond the policy. Volumes are looked for in environments of the names this cluster has.
 */
export const isNewApp = async (
  { documents, engine }: Pick<World, 'documents' | 'engine'>,
  app: string,
  signal: AbortSignal,
): Promise<boolean> => {
  if ((await documents.find('allowance', app, signal)) !== undefined) return false
  const records = await documents.list('environment', {}, signal)
  const running = await engine.listEnvironments(signal)
  const known = [...running, ...records.map(({ id }) => toRef(id))]
  if (known.some((ref) => ref.app === app)) return false
  const environments = new Set([usualEnvironment, ...known.map(({ environment }) => environment)])
  for (const environment of environments) {
    if ((await engine.observe({ app, environment }, signal)).volumes.length > 0) return false
  }
  return true
}

/** Neither part of an id has a dot in it. */
const toRef = (id: string): { readonly app: string; readonly environment: string } => {
  const [app = '', environment = ''] = id.split('.')
  return { app, environment }
}
