import { lstatSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bin, regatta, runAtoll } from './atoll.ts'
import { commandLink } from './command-link.ts'

/** Removes what `npm run up` and the tests made on this machine. Debian's packages stay: others may use them. */
const { values } = parseArgs({ options: { 'keep-cache': { type: 'boolean', default: false } } })
const cacheFolder = process.env['ATOLL_LAB_CACHE'] ?? '/var/cache/atoll-lab'

const status = await runAtoll(['lab', 'down', '--all'])
if (status !== 0) process.exit(status)
removeLink()
rmSync(join(regatta, '.env'), { force: true })
if (!values['keep-cache']) rmSync(cacheFolder, { recursive: true, force: true })
console.log(
  values['keep-cache']
    ? `atoll: everything is gone but ${cacheFolder}, which makes the next "npm run up" faster`
    : 'atoll: everything is gone but Debian packages and node_modules ("npm run down -- --keep-cache" keeps built images for next time)',
)

function removeLink(): void {
  const found = lstatSync(commandLink, { throwIfNoEntry: false })
  if (!found?.isSymbolicLink() || readlinkSync(commandLink) !== bin) return
  rmSync(commandLink)
  console.log(`atoll: removed ${commandLink}`)
}
