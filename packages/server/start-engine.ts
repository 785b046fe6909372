import type { ServerFacts } from './facts.ts'
import { readText, writeText } from './files.ts'
import { runWell } from './run-well.ts'
import type { Server } from './server.ts'

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
export async function startEngine(server: Server, { hasServiceManager }: Manager, signal: AbortSignal): Promise<void> {
  const options = { doing: 'start Docker', signal, timeoutMs: 120_000 }
  if (hasServiceManager) {
    // After too many failures it would not be tried again.
    await server.run(['systemctl', 'reset-failed', 'docker'], options)
    await runWell(server, ['systemctl', 'enable', '--now', 'docker'], options)
    return
  }
  const program = await findEngine(server, signal)
  await startAtBoot(server, program, signal)
  await runWell(server, startArgv(program), options)
}

export async function restartEngine(
  server: Server,
  { hasServiceManager }: Manager,
  signal: AbortSignal,
): Promise<void> {
  const options = { doing: 'restart Docker', signal, timeoutMs: 120_000 }
  if (hasServiceManager) {
    await runWell(server, ['systemctl', 'restart', 'docker'], options)
    return
  }
  const program = await findEngine(server, signal)
  await startAtBoot(server, program, signal)
  await runWell(server, stopArgv(program), options)
  await runWell(server, startArgv(program), options)
}

/** Distributions have it in different folders. */
export async function findEngine(server: Server, signal: AbortSignal): Promise<string> {
  const { stdout } = await runWell(server, ['which', 'dockerd'], { doing: 'find dockerd', signal })
  return stdout.trim()
}

async function startAtBoot(server: Server, program: string, signal: AbortSignal): Promise<void> {
  const text = addBootLine(await readText(server, bootFile, signal), program)
  if (text !== undefined) await writeText(server, { path: bootFile, text, mode: '755' }, signal)
}

/** rc.local with our line, ahead of an `exit` at its end; undefined when it starts Docker already. Pure. */
export function addBootLine(text: string, program: string): string | undefined {
  const lines = text.trimEnd() === '' ? ['#!/bin/sh'] : text.trimEnd().split('\n')
  if (lines.some((line) => !line.startsWith('#') && line.includes('dockerd'))) return undefined
  const end = /^exit( 0)?$/.test(lines.at(-1) ?? '') ? lines.length - 1 : lines.length
  return `${lines.toSpliced(end, 0, startArgv(program).join(' ')).join('\n')}\n`
}
