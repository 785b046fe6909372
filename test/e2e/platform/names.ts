import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sleeper } from '../services.ts'
import { until } from '../world.ts'
import type { Platform } from './open-platform.ts'

const statusSchema = z.object({
  names: z.array(z.object({ service: z.string(), node: z.string(), kind: z.string(), message: z.string() })),
})
const releasesSchema = z.array(z.object({ number: z.number(), origin: z.object({ note: z.string().optional() }) }))

const app = 'harbour'

/** The engine of its node loses a running task from the network, as engines do; Swarm goes on to list it as running. */
export const loseNameTests = (open: () => Platform): void => {
  test('a name is lost while its service runs', async () => {
    const platform = open()
    const on = (node: string) => ({ deploy: { placement: { constraints: [`node.hostname == ${node}`] } } })
    platform.write(app, {
      asker: sleeper(platform.lab, '1', on('node-3')),
      db: sleeper(platform.lab, '1', on('node-4')),
    })
    await platform.good('deploy')
    const filter = `label=com.docker.swarm.service.name=${app}_production_db`
    const container = (await platform.lab.run('node-4', ['docker', 'ps', '--quiet', '--filter', filter])).trim()
    const network = `${app}_production_default`
    await platform.lab.run('node-4', ['docker', 'network', 'disconnect', '--force', network, container])
    const tasks = await platform.lab.run('node-1', ['docker', 'service', 'ps', `${app}_production_db`])
    expect(tasks).toMatch(/Running +Running/)
  })
}

/** Half a minute later at the earliest, so that other tests run in between. */
export const mendNameTests = (open: () => Platform): void => {
  describe('a name that was lost', () => {
    const read = async () => statusSchema.parse(JSON.parse(await open().good('status', app, '--json'))).names
    const notes = async () =>
      releasesSchema.parse(JSON.parse(await open().good('releases', app, '--json'))).map(({ origin }) => origin.note)

    test('is told, and mended by a restart of its service', async () => {
      const platform = open()
      const mended = (seen: readonly (string | undefined)[]): boolean => seen[0]?.startsWith('db: not found') === true
      expect(await until('the restart', notes, mended)).toHaveLength(2)
      await until('the name to be found again', read, (names) => names.length === 0)
      const filter = `label=com.docker.swarm.service.name=${app}_production_asker`
      const container = (await platform.lab.run('node-3', ['docker', 'ps', '--quiet', '--filter', filter])).trim()
      const ask = 'require("dns").lookup("db", (error, address) => console.log(error?.code ?? address))'
      const found = await platform.lab.run('node-3', ['docker', 'exec', container, 'node', '-e', ask])
      expect(found).toMatch(/^10\./)
      expect(await platform.good('why', app)).toContain(
        'db was restarted by the platform: not found by its name on node-3',
      )
    })

    test('leads nobody else into its network, until an owner allows it', async () => {
      const platform = open()
      const name = `${app}_production_default`
      const services = { web: sleeper(platform.lab, '1') }
      const text = JSON.stringify({ name: 'snoop', services, networks: { default: { external: true, name } } })
      writeFileSync(join(platform.folder, 'compose.yaml'), text)
      const refused = await platform.atoll('deploy')
      expect(refused.status).not.toBe(0)
      expect(refused.stdout + refused.stderr).toContain(`atoll allow snoop --network ${name}`)
      await platform.good('allow', 'snoop', '--network', name)
      await platform.good('deploy')
      for (const each of ['snoop', app]) await platform.good('rm', each, '--yes')
    })
  })
}
