import { spawn } from 'node:child_process'

/** One program of a check: shown as a line with its time, its output only when it fails. */
export interface Step {
  readonly name: string
  readonly argv: readonly [string, ...string[]]
}

interface Result {
  readonly step: Step
  readonly status: number
  readonly output: string
  readonly ms: number
}

/** Runs steps `width` at a time and prints each as it ends; resolves with the number that failed. */
export async function runSteps(steps: readonly Step[], width: number, signal: AbortSignal): Promise<number> {
  const queue = [...steps]
  const running = new Map<Step, number>()
  const timer = setInterval(() => drawRunning(running), 1000)
  let failed = 0
  const worker = async () => {
    for (let step = queue.shift(); step; step = queue.shift()) {
      running.set(step, performance.now())
      const result = await runStep(step, signal)
      running.delete(step)
      printResult(result)
      if (result.status !== 0) failed += 1
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  clearInterval(timer)
  return failed
}

const eraseLine = '\r\u001B[K'

/** What is under way, on a line of a terminal that the next result takes the place of. */
function drawRunning(running: ReadonlyMap<Step, number>): void {
  if (!process.stdout.isTTY) return
  const now = performance.now()
  const parts = [...running].map(([{ name }, startedAt]) => `${name} ${((now - startedAt) / 1000).toFixed(0)} s`)
  process.stdout.write(`${eraseLine}...  ${parts.join(', ')}`)
}

function runStep(step: Step, signal: AbortSignal): Promise<Result> {
  const startedAt = performance.now()
  const [program, ...rest] = step.argv
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], signal })
  let output = ''
  const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-100_000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return new Promise((resolve) => {
    const end = (status: number) => resolve({ step, status, output, ms: performance.now() - startedAt })
    child.on('error', (error) => {
      keep(Buffer.from(error.message))
      end(1)
    })
    child.on('close', (code) => end(code ?? 1))
  })
}

function printResult({ step, status, output, ms }: Result): void {
  if (process.stdout.isTTY) process.stdout.write(eraseLine)
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${step.name.padEnd(14)} ${(ms / 1000).toFixed(1)} s`)
  if (status !== 0) console.log(output.replace(/^/gm, '     '))
}
