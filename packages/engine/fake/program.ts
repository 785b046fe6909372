import type { Service } from '@atoll/spec'
import type { FakeImage, FakeRun, World } from './world.ts'

/** How a container of the service behaves: as its image was scripted, else as its command says. */
export const findProgram = (world: World, service: Service): FakeImage =>
  world.images.get(service.image) ??
  world.images.get(withoutDigest(service.image)) ?? { run: judgeHealth(service, readCommand(service)) }

export const withoutDigest = (image: string): string => image.split('@')[0] ?? image

/** The few commands a test needs: `sleep`, `true`, `false`, `echo`, and `sh -c` with those joined by `;` or `&&`, and `exit`. */
const readCommand = (service: Service): FakeRun => {
  const argv = [...(service.entrypoint ?? []), ...(service.command ?? [])]
  const script = argv[0]?.endsWith('sh') && argv[1] === '-c' ? (argv[2] ?? '') : argv.join(' ')
  const run = readScript(script.split(/;|&&/).map((line) => line.trim().split(/\s+/)))
  const isJob = service.mode.kind === 'once' || service.mode.kind === 'once-per-node'
  return isJob && script === '' ? { kind: 'exits', afterMs: 300, exitCode: 0 } : run
}

const readScript = (commands: readonly (readonly string[])[]): FakeRun => {
  const lines: string[] = []
  let afterMs = 0
  for (const [name = '', ...words] of commands) {
    const number = Number(words[0])
    if (name === 'echo') lines.push(words.join(' ').replaceAll(/["']/g, ''))
    else if (name === 'exit') return { kind: 'exits', afterMs, exitCode: number || 0, lines }
    else if (name === 'false') return { kind: 'exits', afterMs, exitCode: 1, lines }
    else if (name === 'sleep' && Number.isFinite(number)) afterMs += number * 1000
    else if (name !== 'true') return { kind: 'serves', lines }
  }
  return { kind: 'exits', afterMs, exitCode: 0, lines }
}

/** A health check that runs `false` or exits with a status above 0 never passes. */
const judgeHealth = (service: Service, run: FakeRun): FakeRun => {
  const check = service.healthcheck
  const probe = (check?.test ?? []).slice(1).join(' ')
  if (check === undefined || run.kind !== 'serves' || !/\bfalse\b|exit [1-9]/.test(probe)) return run
  const { intervalMs = 30_000, retries = 3, startPeriodMs = 0 } = check
  const output = `probe failed: ${probe}`
  return { kind: 'unhealthy', afterMs: startPeriodMs + intervalMs * retries, output, lines: run.lines ?? [] }
}
