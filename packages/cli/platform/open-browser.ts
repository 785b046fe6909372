import { spawn } from 'node:child_process'
import type { Config } from '../config.ts'

/** What opens an address: `$BROWSER`, else what the system has for it. */
const programFor = ({ variables }: Pick<Config, 'variables'>): string =>
  variables['BROWSER'] || (process.platform === 'darwin' ? 'open' : 'xdg-open')

/** Nobody waits for it, and where there is none the address was printed. */
export const openBrowser = (config: Pick<Config, 'variables'>, url: string): void => {
  const child = spawn(programFor(config), [url], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}
