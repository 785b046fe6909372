import { readCertificate } from '@atoll/authority/read'
import { hasErrors, loadProject, toApp } from '@atoll/spec'
import type { Endpoint, IngressSettings, RoutedEnvironment } from '../table.ts'

/** For tests: an environment as a compose file says it. Throws with the problems when it is not right. */
export const environmentOf = (
  text: string,
  { environment = 'production', endpoints = {} }: Partial<Pick<RoutedEnvironment, 'environment' | 'endpoints'>> = {},
): RoutedEnvironment => {
  const { project, problems } = loadProject({
    files: ['compose.yaml'],
    workingDir: '/project',
    profiles: [],
    variables: {},
    read: (path) => (path.endsWith('/compose.yaml') ? { kind: 'text', text } : { kind: 'absent' }),
    exists: (path) => path.endsWith('/compose.yaml'),
  })
  if (project === undefined) throw new Error(JSON.stringify(problems))
  const mapped = toApp(project, { environment, readCertificate })
  if (hasErrors(mapped.problems)) throw new Error(JSON.stringify(mapped.problems))
  return { app: mapped.app.name, environment, routes: mapped.app.routes ?? [], endpoints }
}

export const endpointsAt = (...addresses: readonly string[]): readonly Endpoint[] =>
  addresses.map((address, index) => ({ id: `task-${index + 1}`, address, state: 'ready' }))

export const sampleSettings: IngressSettings = {
  addresses: ['127.0.0.1'],
  httpPort: 80,
  runFolder: '/run/atoll/ingress',
  trustedProxies: [],
  maxConnections: 1000,
  checkEveryMs: 2_000,
}
