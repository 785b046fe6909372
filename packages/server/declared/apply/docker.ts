import { ask, order } from '../ask.ts'
import type { Work } from '../apply.ts'
import { daemonPath } from '../../daemon-settings.ts'
import { readDaemon } from '../observe/docker.ts'
import type { Json } from '../../json.ts'
import { whilePending } from './units.ts'
import { writeText } from './write-file.ts'

const candidatePath = '/etc/docker/daemon.json.atoll-check'

/** Keys that are not named stay. An engine that is there says first whether it would start with it. */
export const setDocker = (work: Work, values: Readonly<Record<string, Json>>): Promise<void> =>
  whilePending(work, 'docker.service', async () => {
    const text = `${JSON.stringify({ ...(await readDaemon(work)), ...values }, undefined, 2)}\n`
    await writeText(work, candidatePath, text)
    try {
      await checkCandidate(work)
    } finally {
      await ask(work, ['rm', '--force', '--', candidatePath])
    }
    await writeText(work, daemonPath, text)
  })

/** `dockerd --validate` came with 23.0; older ones know no such flag. */
const checkCandidate = async (work: Work): Promise<void> => {
  const help = await ask(work, ['dockerd', '--help'])
  if (!help.stdout.includes('--validate')) return
  await order(work, ['dockerd', '--validate', `--config-file=${candidatePath}`])
}
