import type { Work } from '../apply.ts'
import { readDaemonSettings, writeDaemonSettings } from '../../daemon-file.ts'
import type { Json } from '../../json.ts'
import { whilePending } from './units.ts'

/** Keys that are not named stay. */
export const setDocker = (work: Work, values: Readonly<Record<string, Json>>): Promise<void> =>
  whilePending(work, 'docker.service', async () =>
    writeDaemonSettings(work, { ...(await readDaemonSettings(work)), ...values }),
  )
