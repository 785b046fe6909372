import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { render } from './render.ts'
import { checkConfiguration } from './run-haproxy.ts'
import { issueFor } from './testing/certificates.ts'
import { environmentOfRoutes, writtenRoutes } from './testing/arbitraries.ts'
import { goldenNames, renderGolden } from './testing/golden.ts'
import { haproxy } from './testing/haproxy.ts'
import { sampleSettings } from './testing/table.ts'
import type { Configuration, HostCertificate } from './table.ts'
import { writeConfiguration } from './write-configuration.ts'

let folder = ''
let certificates: readonly HostCertificate[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  certificates = (await issueFor(['*.example.org'])).certificates
})
afterAll(() => rm(folder, { recursive: true }))

/** What HAProxy says of a configuration. */
const check = async (name: string, configuration: Configuration): Promise<string> => {
  const path = await writeConfiguration(join(folder, name), configuration)
  const { isValid, output } = await checkConfiguration(await haproxy(), path)
  expect(isValid, output).toBe(true)
  return output
}

describe('HAProxy takes the configuration of', () => {
  test.each(goldenNames)('%s', async (name) => {
    expect(await check(name, renderGolden(name, { certificates, runFolder: folder }))).toBe(
      'Configuration file is valid',
    )
  })

  test('whatever can be written', async () => {
    let run = 0
    const property = fc.asyncProperty(writtenRoutes, async (written) => {
      const settings = { ...sampleSettings, https: { port: 443 }, runFolder: folder }
      const environments = [environmentOfRoutes('shop', written)]
      const output = await check(`random-${(run += 1)}`, render({ environments, certificates }, settings))
      expect(output).toBe('Configuration file is valid')
    })
    await fc.assert(property, { numRuns: 60 })
  })
})
