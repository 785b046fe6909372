import { join } from 'node:path'
import type { Config } from '../config.ts'
import { haproxy } from './haproxy.ts'
import { freePort } from './free-port.ts'

/** For tests: the program of the ingress in a folder, at free ports of the loopback. */
export const configIn = async (folder: string): Promise<Config> => ({
  program: await haproxy(),
  folder,
  runFolder: join(folder, 'run'),
  static: { program: join(import.meta.dirname, '../static/main.ts'), folder: join(folder, 'static') },
  asking: { program: join(import.meta.dirname, '../asking/main.ts') },
  mirror: { program: join(import.meta.dirname, '../mirroring/main.ts') },
  healthPath: join(folder, 'health.sock'),
  addresses: ['127.0.0.1'],
  httpPort: await freePort(),
  httpsPort: await freePort(),
  graceMs: 2_000,
  patienceMs: 300,
  nearMs: 300,
  maxConnections: 100,
})
