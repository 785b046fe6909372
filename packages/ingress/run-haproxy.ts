import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { explainRefusal } from './explain-refusal.ts'
import { folderVariable, type Configuration } from './table.ts'
import { writeConfiguration } from './write-configuration.ts'

/** What HAProxy says of a configuration: lines of warnings and alerts. */
export interface Checked {
  readonly isValid: boolean
  readonly output: string
}

const checkTimeoutMs = 30_000
const maxOutputBytes = 1_000_000

/** The environment of a HAProxy that is given a configuration in this folder. */
export const environmentFor = (folder: string): NodeJS.ProcessEnv => ({ ...process.env, [folderVariable]: folder })

/** `haproxy -c`: reads the file and all it names, binds nothing. Throws when there is no such program. */
export const checkConfiguration = (program: string, path: string, signal?: AbortSignal): Promise<Checked> =>
  new Promise((resolve, reject) => {
    const options = {
      timeout: checkTimeoutMs,
      maxBuffer: maxOutputBytes,
      env: environmentFor(dirname(path)),
      ...(signal && { signal }),
    }
    execFile(program, ['-c', '-f', path], options, (error, stdout, stderr) => {
      const output = `${stderr}${stdout}`.trim()
      if (error === null) resolve({ isValid: true, output })
      else if (typeof error.code === 'number') resolve({ isValid: false, output })
      else reject(error)
    })
  })

/** Writes it into a folder, where it stays if it is right. Throws IngressError `refused`. */
export const writeValid = async (program: string, folder: string, configuration: Configuration): Promise<void> => {
  await rm(folder, { recursive: true, force: true })
  const { isValid, output } = await checkConfiguration(program, await writeConfiguration(folder, configuration))
  if (isValid) return
  await rm(folder, { recursive: true })
  throw explainRefusal(configuration, output)
}
