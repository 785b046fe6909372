import { ask, order } from './ask.ts'
import type { Place } from './ask.ts'
import type { ServerFacts } from './facts.ts'
import { readText, writeText } from './files.ts'

const bootFile = '/etc/rc.local'

/** start-stop-daemon(8): starts nothing where it runs already; what it says goes into a file, because nobody else keeps it. */
const startArgv = (program: string): readonly string[] => [
  'start-stop-daemon',
  '--start',
  '--oknodo',
  '--background',
  '--exec',
  program,
  '--output',
  '/var/log/dockerd.log',
]
const stopArgv = (program: string): readonly string[] => [
  'start-stop-daemon',
  '--stop',
  '--oknodo',
  '--retry',
  'TERM/60',
  '--exec',
  program,
]

type Manager = Pick<ServerFacts, 'hasServiceManager'>

/** Now and at each boot: by systemd, or without a service manager by rc.local. */
export async function startEngine(place: Place, { hasServiceManager }: Manager): Promise<void> {
  const options = { doing: 'start Docker', timeoutMs: 120_000 }
  if (hasServiceManager) {
    // After too many failures it would not be tried again.
    await ask(place, ['systemctl', 'reset-failed', 'docker'])
    await order(place, ['systemctl', 'enable', '--now', 'docker'], options)
    return
  }
  const program = await findEngine(place)
  await startAtBoot(place, program)
  await order(place, startArgv(program), options)
}

export async function restartEngine(place: Place, { hasServiceManager }: Manager): Promise<void> {
  const options = { doing: 'restart Docker', timeoutMs: 120_000 }
  if (hasServiceManager) {
    // systemd starts it three times a minute and no more, unless it is told to count anew.
    await ask(place, ['systemctl', 'reset-failed', 'docker'])
    await order(place, ['systemctl', 'restart', 'docker'], options)
    return
  }
  const program = await findEngine(place)
  await startAtBoot(place, program)
  await order(place, stopArgv(program), options)
  await order(place, startArgv(program), options)
}

/** Distributions have it in different folders. */
export const findEngine = async (place: Place): Promise<string> =>
  (await order(place, ['which', 'dockerd'], { doing: 'find dockerd' })).trim()

async function startAtBoot(place: Place, program: string): Promise<void> {
  const text = addBootLine(await readText(place, bootFile), program)
  if (text !== undefined) await writeText(place, bootFile, text, '755')
}

/** rc.local with our line, ahead of an `exit` at its end; undefined when it starts Docker already. Pure. */
export function addBootLine(text: string, program: string): string | undefined {
  const lines = text.trimEnd() === '' ? ['#!/bin/sh'] : text.trimEnd().split('\n')
  if (lines.some((line) => !line.startsWith('#') && line.includes('dockerd'))) return undefined
  const end = /^exit( 0)?$/.test(lines.at(-1) ?? '') ? lines.length - 1 : lines.length
  return `${lines.toSpliced(end, 0, startArgv(program).join(' ')).join('\n')}\n`
}
