import { execFileSync, spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { renderDrill } from './render-drill.ts'
import type { DrillKind } from './render-drill.ts'

const kinds: readonly DrillKind[] = ['engine', 'network', 'power']
const render = (kind: DrillKind, hasServiceManager = true) =>
  renderDrill({ id: 'one', kind, hasServiceManager, engine: '/usr/sbin/dockerd' })

it.each(kinds)('programs of %s are such that a shell reads', (kind) => {
  for (const program of Object.values(render(kind)))
    expect(spawnSync('sh', ['-n'], { input: program })).toMatchObject({ status: 0 })
})

it('take back each rule that was made', () => {
  const { strike, putBack } = render('network')
  const made = [...strike.matchAll(/^(ip6?tables) .*-I (\w+)(?: 1)?(.*)$/gm)].map(([, ...words]) => words.join(' '))
  const removed = [...putBack.matchAll(/^(ip6?tables) .*-D (\w+)(.*)$/gm)].map(([, ...words]) => words.join(' '))
  expect(made).toHaveLength(6)
  expect(removed).toEqual(made)
})

it('start what they kill, with a service manager and without', () => {
  expect(render('engine').strike).toContain('systemctl kill --signal=KILL docker.service')
  expect(render('engine').putBack).toContain('systemctl start docker.service')
  expect(render('engine', false).strike).toContain('--signal KILL --exec /usr/sbin/dockerd')
  expect(render('engine', false).putBack).toContain('--start --oknodo --background --exec /usr/sbin/dockerd')
})

it('of another drill than the one that goes on put nothing back', () => {
  const { putBack } = render('power')
  const probe = putBack.replaceAll('/run/atoll-drill', '/nonexistent').replace(/^exec .*$/m, '')
  expect(execFileSync('sh', ['-x'], { input: probe, stdio: ['pipe', 'pipe', 'pipe'] }).toString()).toBe('')
  const traced = spawnSync('sh', ['-x'], { input: probe }).stderr.toString()
  expect(traced).toContain('+ exit 0')
  expect(traced).not.toContain('+ rm')
})
