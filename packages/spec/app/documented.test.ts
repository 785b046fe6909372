import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { healthKeys } from './health.ts'
import type { KeyRule, KeyTable } from './keys.ts'
import { placementKeys } from './placement.ts'
import { policyKeys } from './restart.ts'
import {
  attachmentKeys,
  bindKeys,
  buildKeys,
  deployKeys,
  fileKeys,
  limitKeys,
  mountKeys,
  networkKeys,
  reservationKeys,
  tmpfsKeys,
  topKeys,
  volumeKeys,
  volumeMountKeys,
} from './section-keys.ts'
import { serviceKeys } from './service-keys.ts'
import { updateKeys } from './update.ts'

const text = readFileSync(new URL('../../../docs/compose.md', import.meta.url), 'utf8')

/** By heading of docs/compose.md. */
const tables: Readonly<Record<string, KeyTable>> = {
  'Top level': topKeys,
  Service: { ...serviceKeys, extends: { verdict: 'honoured' } },
  'networks of a service': attachmentKeys,
  mounts: mountKeys,
  'bind of a mount': bindKeys,
  'volume of a mount': volumeMountKeys,
  'tmpfs of a mount': tmpfsKeys,
  healthcheck: healthKeys,
  deploy: deployKeys,
  placement: placementKeys,
  limits: limitKeys,
  reservations: reservationKeys,
  restart_policy: policyKeys,
  update_config: updateKeys,
  build: buildKeys,
  networks: networkKeys,
  volumes: volumeKeys,
  'configs and secrets': fileKeys,
}

/** Keys that loading puts into the canonical model; nobody writes them. */
const filledIn: ReadonlySet<string> = new Set(['Service name'])

/** `differs` is honoured too, in another way. */
const verdictOf = (rule: KeyRule): RegExp =>
  rule.verdict === 'honoured' ? /^(?:honoured|differs)$/ : new RegExp(`^${rule.verdict}$`)

const documented = (heading: string): ReadonlyMap<string, string> => {
  const section = text.split(/^#{2,3} /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  const rows = section.matchAll(/^\| `([^`]+)` \| (\w+) \| [^|]*\|$/gm)
  return new Map(Array.from(rows, ([, key = '', verdict = '']) => [key, verdict]))
}

describe.each(Object.entries(tables))('docs/compose.md, %s', (heading, table) => {
  const rows = documented(heading)

  it.each(Object.entries(table).filter(([key]) => !filledIn.has(`${heading} ${key}`)))(
    'says of %s what the code does',
    (key, rule) => {
      expect(rows.get(key)).toMatch(verdictOf(rule))
    },
  )

  it('has no key the code does not know', () => {
    expect([...rows.keys()].filter((key) => !Object.hasOwn(table, key))).toEqual([])
  })
})
