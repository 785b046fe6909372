import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { keepMirror } from '../keep-mirror.ts'
import { mirrorAgentSocket } from '../render/mirror.ts'
import type { IngressSettings } from '../table.ts'

/** For tests: what sends copies for an ingress. */
export interface TestMirror extends AsyncDisposable {
  /** Its processes. */
  readonly pids: () => Promise<readonly number[]>
}

/** Runs until this is disposed of, and says `lines`; those that count copies also then. */
export const startMirror = async (settings: IngressSettings, lines: string[] = []): Promise<TestMirror> => {
  const kept = keepMirror({
    ...settings,
    program: join(import.meta.dirname, '../mirroring/main.ts'),
    log: (said) => lines.push(JSON.stringify(said)),
  })
  await kept.want(true)
  return {
    pids: () => findProcesses(mirrorAgentSocket(settings)),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  }
}

/** Those with that among their arguments. */
export const findProcesses = async (argument: string): Promise<readonly number[]> => {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = names.map(async (pid) => {
    const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return argv.split('\0').includes(argument) ? [Number(pid)] : []
  })
  return (await Promise.all(found)).flat()
}
