import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { end } from './world.ts'

const root = join(import.meta.dirname, '../..')
/** What only who changes Atoll needs. */
const tools = ['jscpd*', 'oxlint*', '@oxlint*', '@typescript', 'vitest', '@rolldown', 'knip', 'oxfmt', '@oxfmt']
const parts = ['bin', 'docs', 'packages', 'node_modules', 'package.json']

/** Brings this checkout to /opt/atoll of a host, as somebody would by git and npm. `folder` holds `ssh_config`. */
export const copyCheckout = async (folder: string, name: string): Promise<void> => {
  const argv = ['-C', root, '-c', ...tools.map((tool) => `--exclude=node_modules/${tool}`), ...parts]
  const tar = spawn('tar', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = 'mkdir /opt/atoll && tar -x -C /opt/atoll'
  const ssh = spawn('ssh', ['-F', 'ssh_config', name, line], { cwd: folder, stdio: [tar.stdout, 'pipe', 'pipe'] })
  expect(await end(ssh)).toMatchObject({ status: 0 })
}
