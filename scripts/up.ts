import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { styleText } from 'node:util'
import { z } from 'zod'
import { bin, bundleAtoll, readAtoll, regatta, runAtoll } from './atoll.ts'
import { commandLink } from './command-link.ts'

/** The project's main job: a lab of three engines, the sample app on it, and proof that it answers on each. */
const labSchema = z.object({
  registry: z.string(),
  images: z.object({ node: z.string() }),
  nodes: z.array(z.object({ name: z.string(), address: z.string(), socket: z.string() })).min(1),
})
type Lab = z.infer<typeof labSchema>

/** An engine that missed the news of a task's address hears it when it next compares all it knows with another: every 30 s. */
const newsMs = 60_000

/** Exit statuses of `atoll`. */
const [somethingToDo, rolledBack, deployFailed, busy] = [3, 4, 5, 6]

const startedAt = performance.now()
// Ctrl-C reaches the command line too, which ends well and takes its live lines away; only then is there room for more.
let isInterrupted = false
process.on('SIGINT', () => {
  if (!isInterrupted) process.once('exit', sayHowToGoOn)
  isInterrupted = true
})

linkCommand()
await bundleAtoll()
printTitle('1. Three engines', ['lab', 'up'])
const lab = labSchema.parse(await readAtoll(['lab', 'up']))
endWhenInterrupted()
writeEnvironmentFile(lab)
/** Named, for a person may be signed in to a cluster of their own. */
const engine = ['--engine', `unix://${lab.nodes[0]?.socket}`]
await step('2. The plan, before anything is done', ['plan', ...engine], [0, somethingToDo])
await deploy()
await step('4. The receipt', ['receipt', ...engine])
await proveAnswers(lab)
printEnd(lab)

/** A command that was nearly done when Ctrl-C came ends as if nothing had been. */
function endWhenInterrupted(): void {
  if (isInterrupted) process.exit(130)
}

/** Gives the exit status, which is one of those accepted. */
async function step(title: string, args: readonly string[], accepted: readonly number[] = [0]): Promise<number> {
  printTitle(title, args)
  const status = await runAtoll(args, regatta)
  endWhenInterrupted()
  if (!accepted.includes(status)) process.exit(status)
  return status
}

function printTitle(title: string, args: readonly string[] = []): void {
  const words = args.slice(0, args.includes('--engine') ? args.indexOf('--engine') : undefined)
  const command = words.length === 0 ? '' : `  (atoll ${words.join(' ')})`
  console.log(`\n${process.stdout.isTTY ? styleText('bold', title) : title}${command}`)
}

/** A deployment that an interrupted run has left in the background is waited for, then made sure of. */
async function deploy(): Promise<void> {
  const status = await step('3. The deploy', ['deploy', ...engine], [0, busy])
  if (status !== busy) return
  await step('3. The deploy under way', ['resume', ...engine], [0, rolledBack, deployFailed])
  await step('3. The deploy', ['deploy', ...engine])
}

function sayHowToGoOn(): void {
  console.error('atoll: interrupted; "npm run up" goes on from here, "npm run down" removes it')
}

/** `atoll` on the PATH, unless somebody else's stands there. */
function linkCommand(): void {
  const found = lstatSync(commandLink, { throwIfNoEntry: false })
  if (found && !found.isSymbolicLink())
    return console.log(`atoll: ${commandLink} is not ours and stays; call ${bin} instead`)
  if (found && readlinkSync(commandLink) === bin) return
  rmSync(commandLink, { force: true })
  symlinkSync(bin, commandLink)
  console.log(`atoll: the command line is on the PATH: ${commandLink} -> ${bin}`)
}

/** The base image's digest, and a token that stays the same from one run to the next. */
function writeEnvironmentFile(lab: Lab): void {
  const file = join(regatta, '.env')
  const known = existsSync(file) ? /^LOGBOOK_TOKEN=(\S+)$/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined
  const token = known ?? randomBytes(24).toString('hex')
  writeFileSync(file, `BASE_IMAGE=${lab.images.node}\nLOGBOOK_TOKEN=${token}\n`, { mode: 0o600 })
}

async function proveAnswers(lab: Lab): Promise<void> {
  printTitle('5. Every node answers')
  for (const { name, address } of lab.nodes) {
    const url = `http://${address}:8080/`
    const { status, who } = await askPage(url)
    endWhenInterrupted()
    console.log(`${name}  ${url}  ${status}  ${who ?? 'but not with the page of the sample app'}`)
    if (who === undefined) process.exitCode = 1
  }
}

interface Answer {
  readonly status: number
  readonly who: string | undefined
}

async function askPage(url: string): Promise<Answer> {
  for (const deadline = performance.now() + newsMs; ; await wait(500)) {
    const answer = await askOnce(url)
    if (answer.status === 200 || performance.now() > deadline) return answer
  }
}

/** Status 0: nobody answers. */
async function askOnce(url: string): Promise<Answer> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(10_000) })
    const [, who] = /(Task .*? answered)/.exec((await reply.text()).replaceAll(/<[^>]+>/g, '')) ?? []
    return { status: reply.status, who }
  } catch {
    return { status: 0, who: undefined }
  }
}

function printEnd(lab: Lab): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  const [first] = lab.nodes
  console.log(`
Runs      regatta/production on ${lab.nodes.length} engines, after ${seconds} s: "cd examples/regatta && atoll status"
Look at   http://${first?.address}:8080/ (and the same port of every node), "atoll logs -f", "atoll receipt"
Change    examples/regatta/compose.yaml or its code, then "atoll plan" and "atoll deploy" there
Break     "atoll lab kill node-2", then "atoll status --watch"; "atoll lab start node-2" brings it back
Remove    "npm run down"`)
}
