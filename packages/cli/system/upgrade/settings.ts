import { streamPortsOf } from '@atoll/deploy'
import type { App } from '@atoll/spec'
import type { KeptImages, SystemSettings } from '../system-app.ts'

/** What somebody said at the last `init`; an upgrade keeps it. */
export const readSettings = (
  app: App,
): Pick<SystemSettings, 'registry' | 'names' | 'keptImages'> &
  Required<Pick<SystemSettings, 'hasIngress' | 'streamPorts'>> => {
  const read = (service: string, name: string): string =>
    app.services.find((each) => each.name === service)?.environment[name] ?? ''
  const registry = read('control', 'ATOLL_REGISTRY')
  return {
    ...(registry === '' ? {} : { registry }),
    names: read('control', 'ATOLL_NAMES')
      .split(',')
      .filter((name) => name !== ''),
    // Builds that knew of no ingress said nothing of one, and get it.
    hasIngress: read('control', 'ATOLL_INGRESS') !== 'off',
    streamPorts: streamPortsOf(app),
    keptImages: readKept(read('agent', 'ATOLL_IMAGES_DAYS'), read('agent', 'ATOLL_IMAGES_GB')),
  }
}

const readKept = (days: string, gigabytes: string): KeptImages => ({
  ...(days === '' ? {} : { days: Number(days) }),
  ...(gigabytes === '' ? {} : { gigabytes: Number(gigabytes) }),
})
