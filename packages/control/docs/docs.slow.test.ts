import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { routes } from '@atoll/api'
import { openStage } from '@atoll/deploy/stage'
import { expect, it } from 'vitest'
import { openTestControl } from '../test-control.ts'

const browser = '/usr/bin/chromium'

/** The page as a browser has built it, after it has had time to. */
const render = async (url: string): Promise<string> => {
  const profile = await mkdtemp(join(tmpdir(), 'atoll-browser-'))
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`, '--dump-dom']
  try {
    const argv = [...flags, '--virtual-time-budget=20000', url]
    // It keeps what it knows of crashes there, whatever profile it has.
    const env = { ...process.env, XDG_CONFIG_HOME: profile }
    return (await promisify(execFile)(browser, argv, { env, maxBuffer: 64 * 1024 * 1024, timeout: 50_000 })).stdout
  } finally {
    await rm(profile, { recursive: true, force: true })
  }
}

it('a browser shows every route, under the policy that the page is sent with', async () => {
  await using test = await openTestControl(openStage())
  const page = await render(`${test.url}/docs`)
  const shown = [...page.matchAll(/class="opblock-summary-path" data-path="([^"]+)"/g)].map(([, path]) => path)
  const known = Object.values(routes).map(({ path }) => path.replaceAll(/:([a-z]+)/gi, '{$1}'))
  expect(new Set(shown)).toEqual(new Set(known))
  expect(shown).toHaveLength(known.length)
  expect(page).not.toMatch(/Failed to load|errors-wrapper/)
})
