import { ask, order } from './ask.ts'
import type { Place } from './ask.ts'
import { daemonPath, parseDaemonSettings } from './daemon-settings.ts'
import type { DaemonSettings } from './daemon-settings.ts'
import { ServerError } from './errors.ts'
import { readText, writeText } from './files.ts'

const candidatePath = `${daemonPath}.atoll-check`

/** All of daemon.json; nothing where there is none. Throws ServerError where it is no JSON object. */
export const readDaemonSettings = async (place: Place): Promise<DaemonSettings> =>
  parseDaemonSettings(place.server.name, await readText(place, daemonPath))

/** An engine that is there says first whether it would start with it; what it refuses is not written. */
export const writeDaemonSettings = async (place: Place, settings: DaemonSettings): Promise<void> => {
  await writeText(place, candidatePath, `${JSON.stringify(settings, undefined, 2)}\n`)
  try {
    await validate(place)
    await order(place, ['mv', '--no-target-directory', '--', candidatePath, daemonPath])
  } finally {
    await ask(place, ['rm', '--force', '--', candidatePath])
  }
}

/** `--validate` came with Docker 23; before, a daemon that does not start says it. */
const validate = async (place: Place): Promise<void> => {
  const { status, stderr } = await ask(place, ['dockerd', '--validate', `--config-file=${candidatePath}`])
  // 127 of env(1): there is no engine yet.
  if (status === 0 || status === 127 || stderr.includes('unknown flag')) return
  const said = stderr.trim().split('\n').at(-1) ?? ''
  throw new ServerError(`${place.server.name}: dockerd refuses the settings: ${said}`, {
    code: 'command-failed',
    retry: false,
    hint: `mend what is declared, or ${daemonPath} there: "dockerd --validate" says what is wrong with it`,
  })
}
