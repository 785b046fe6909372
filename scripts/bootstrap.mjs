// Runs with whatever Node is installed (20 and up): brings the npm packages, then hands over to the pinned Node 24.
// usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENT...]   runs scripts/SCRIPT.ts
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const node = join(modules, 'node/bin/node')
const stamp = join(modules, '.atoll-installed')
const unfinished = 'unfinished'

// The child gets Ctrl-C from the terminal itself and cleans up; this process waits for it, and says what to do.
process.on('SIGINT', () => {})
installPackages()
handOver(process.argv.slice(2))

/** The stamp says for which lock all is there, or that an installation was begun and not ended. */
function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
  if (installed === lock && existsSync(node)) return
  // npm takes a package that it was killed in the middle of unpacking for a whole one.
  if (installed === unfinished) rmSync(modules, { recursive: true, force: true })
  mkdirSync(modules, { recursive: true })
  writeFileSync(stamp, unfinished)
  console.log('atoll: installing npm packages as locked (npm install --no-save); half a minute to a few, once')
  // Not "npm ci": it refuses a lock that lacks other platforms' optional binaries, which not every mirror carries.
  const { status, signal } = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (signal === 'SIGINT' || status === 130) fail('interrupted; the same command goes on from here', 130)
  if (status !== 0) fail('"npm install" failed; see above, then run the same command again')
  if (!existsSync(node))
    fail(`${node} is missing after "npm install"; is the install script of the package "node" allowed?`)
  writeFileSync(stamp, lock)
}

function handOver([script, ...rest]) {
  const child = spawn(node, [join(root, 'scripts', `${script}.ts`), ...rest], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      // Not in /tmp, where it would stay behind, and where anybody may write.
      NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node'),
      PATH: `${join(root, 'node_modules/node/bin')}:${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    },
  })
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

function fail(message, status = 1) {
  console.error(`atoll: ${message}`)
  process.exit(status)
}
