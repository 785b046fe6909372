import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { render } from './render.ts'
import type { Configuration } from './table.ts'
import { environmentOfRoutes } from './testing/arbitraries.ts'
import { goldenFolder, goldenNames, renderGolden } from './testing/golden.ts'
import { endpointsAt, environmentOf, sampleSettings } from './testing/table.ts'

describe('the configuration of', () => {
  test.each(goldenNames)('%s is the one that was looked at: write it with vitest -u', async (name) => {
    const { text, files } = renderGolden(name)
    const others = Object.entries(files).map(([path, content]) => `\n#### ${path}\n${content}`)
    await expect([text, ...others].join('')).toMatchFileSnapshot(join(goldenFolder, `${name}.cfg`))
  })
})

test('a thousand hosts are a thousand lines of a map, and no rule of the frontend', () => {
  const hosts = Array.from({ length: 1000 }, (_, index) => ({ host: `h${index}.example.org`, port: 80 }))
  const environments = [environmentOfRoutes('shop', hosts)]
  const { text, files } = render({ environments, certificates: [] }, sampleSettings)
  expect(files['maps/prefix.map']?.split('\n')).toHaveLength(1001)
  expect(text.match(/use_backend/g)).toHaveLength(1)
})

test('so many routes of a node are probed and no more, and none where that is not to be', () => {
  const hosts = Array.from({ length: 300 }, (_, index) => ({ host: `h${index}.example.org`, port: 80 }))
  const table = { environments: [environmentOfRoutes('shop', hosts)], certificates: [] }
  const settings = { ...sampleSettings, https: { port: 443 } }
  const whyNot = ({ backends }: Configuration) =>
    backends.flatMap(({ probe }) => (probe?.kind === 'none' ? [probe.why] : []))
  const on = render(table, { ...settings, probeToken: 'word' })
  expect(on.probeBackends?.map(({ name }) => name)).toHaveLength(50)
  expect(whyNot(on)).toEqual(Array.from({ length: 250 }, () => 'is beyond the first 50 of a node'))
  const off = render(table, settings)
  expect(off.probeBackends).toEqual([])
  expect(whyNot(off)).toHaveLength(300)
  expect(off.text).not.toContain('probe')
})

test('what the ingress asks by itself is not copied, and where no route is nobody hears of requests', () => {
  const mirrored = { host: 'a.example.org', port: 80, mirror: { service: 'mirror', port: 81 } }
  const settings = { ...sampleSettings, https: { port: 443 }, probeToken: 'word' }
  const textOf = (route: object): string =>
    render({ environments: [environmentOfRoutes('shop', [route])], certificates: [] }, settings).text
  const probed = textOf(mirrored)
    .split('\nbackend ')
    .filter((section) => section.startsWith('probe:'))
  expect(probed).toHaveLength(1)
  expect(probed.join('')).not.toContain('spoe')
  expect(textOf({ host: 'a.example.org', port: 80 })).not.toMatch(/spoe|bufsize|mirror/)
})

test('tasks that come while all are made anew change no more than servers', () => {
  const text = '{name: shop, services: {web: {image: x, x-atoll: {routes: [{host: a.example.org, port: 80}]}}}}'
  const frameOf = (tasks: number): string => {
    const web = endpointsAt(...Array.from({ length: tasks }, (_, index) => `10.0.0.${index + 1}`))
    const environment = { ...environmentOf(text, { endpoints: { web } }), mostTasks: { web: 6 } }
    return render({ environments: [environment], certificates: [] }, sampleSettings).frame
  }
  expect(new Set([0, 3, 4, 6].map(frameOf)).size).toBe(1)
})
