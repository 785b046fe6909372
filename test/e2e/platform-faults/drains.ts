import { once } from 'node:events'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sleeper } from '../services.ts'
import { end, nodesSchema, until } from '../world.ts'
import type { Platform } from '../platform/open-platform.ts'

const placement = '{{json .Spec.TaskTemplate.Placement}}'
const appsSchema = z.array(z.object({ ref: z.object({ app: z.string(), environment: z.string() }) }))

/** A node is emptied by the control that leads, whoever follows, and be it the node of that control. */
export const drainTests = (open: () => Platform): void => {
  const nodes = async () => nodesSchema.parse(JSON.parse(await open().good('node', 'ls', '--json')))
  const node = async (wanted: (each: Awaited<ReturnType<typeof nodes>>[number]) => boolean) =>
    (await nodes()).find(wanted)
  const webOf = async () => {
    const { lab } = open()
    const format = ['--filter', 'desired-state=running', '--format', '{{.Node}} {{.CurrentState}}']
    const said = await lab.run('node-1', ['docker', 'service', 'ps', ...format, 'pier_production_web'])
    return said
      .split('\n')
      .filter((line) => line.includes('Running'))
      .map((line) => line.split(' ')[0])
  }

  describe('draining a node', () => {
    beforeAll(() => removeApps(open()))

    test('goes on when the command is left, and is followed by the next', async () => {
      const web = sleeper(open().lab, '1', {
        deploy: { replicas: 4, update_config: { order: 'start-first', monitor: '1s' } },
      })
      open().write('pier', { web })
      await open().good('deploy')
      const began = open().start(['node', 'drain', 'node-4'])
      while (!String(await once(began.stderr, 'data')).includes('draining node-4'));
      began.kill('SIGINT')
      expect((await end(began)).status).toBe(130)
      await until(
        'node-4 to be drained',
        () => node(({ name }) => name === 'node-4'),
        (seen) => seen?.availability === 'drain',
      )
      expect(await open().good('node', 'drain', 'node-4')).toContain('node-4 is drained')
      expect(await webOf()).toHaveLength(4)
      expect(await webOf()).not.toContain('node-4')
      expect((await open().atoll('plan')).status).toBe(0)
      expect(await open().good('why', 'pier')).toContain('leaves node-4, which is being drained')
      expect(await open().good('audit')).toContain('drainNode')
    })

    test('of the leader ends, too, and all are let in again', async () => {
      const leader = (await node(({ role }) => role === 'leader'))?.name ?? ''
      expect(await open().good('node', 'drain', leader)).toContain(`${leader} is drained`)
      expect(await webOf()).not.toContain(leader)
      for (const name of [leader, 'node-4']) await open().good('node', 'resume', name)
      const constraints = () =>
        open().lab.run('node-1', ['docker', 'service', 'inspect', 'pier_production_web', '--format', placement])
      await until('no node to be kept off', constraints, (said) => !said.includes('node.id'))
      expect((await nodes()).map(({ availability }) => availability)).toEqual(['active', 'active', 'active', 'active'])
      const programs = () =>
        open().lab.run('node-1', ['docker', 'service', 'ls', '--format', '{{.Name}} {{.Replicas}}'])
      const isBack = (said: string): boolean => /_agent 4\/4/.test(said) && /_control 3\/3/.test(said)
      await until('the programs of the platform on all nodes', programs, isBack)
      await open().good('rm', 'pier', '--yes')
    })
  })
}

/** What a fault was tried on may be held to one node, and would stay there until the deadline. */
const removeApps = async (platform: Platform): Promise<void> => {
  const apps = appsSchema.parse(JSON.parse(await platform.good('ls', '--json')))
  const own = apps.filter(({ ref }) => ref.app !== 'atoll')
  for (const { ref } of own) await platform.good('rm', `${ref.app}/${ref.environment}`, '--yes')
}
