import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { declared, worlds } from './arbitraries.ts'
import type { Change } from './change.ts'
import { derive } from './derive.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { simulate } from './simulate.ts'
import type { Wanted } from './wanted.ts'

const around = { sshPort: 2222, peers: ['10.0.0.1', '10.0.0.2', 'fd00::1'] }

const situations = fc.tuple(declared, worlds).map(([settings, observed]) => ({
  wanted: derive(settings, new Map(), around),
  observed,
}))

const changesOf = (wanted: Wanted, observed: Observed): readonly Change[] => plan(wanted, observed).changes
const applyAll = (world: Observed, changes: readonly Change[]): Observed => changes.reduce(simulate, world)

/** Everything in a world by a name, to see what of it was touched. */
const parts = ({ users, files, sysctl, mounts, docker, packages, ...rest }: Observed): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(users).map(([name, user]) => [`users ${name}`, user])),
  ...Object.fromEntries(Object.entries(files).map(([name, file]) => [`files ${name}`, file])),
  ...Object.fromEntries(Object.entries(sysctl).map(([name, value]) => [`sysctl ${name}`, value])),
  ...Object.fromEntries(Object.entries(mounts).map(([name, mount]) => [`mounts ${name}`, mount])),
  ...Object.fromEntries(Object.entries(docker).map(([name, value]) => [`docker ${name}`, value])),
  ...Object.fromEntries(packages.map((name) => [`packages ${name}`, true])),
  swap: rest.swap,
  zone: rest.zone,
  firewall: rest.firewall,
})

const isDeclared = (wanted: Wanted, part: string): boolean => {
  const [kind = '', name = ''] = part.split(' ')
  if (kind === 'files' && typeof wanted.firewall === 'object' && name in wanted.firewall.files) return true
  if (kind === 'files' && wanted.firewall === 'off' && name === '/etc/atoll/firewall.nft') return true
  const value: unknown = Reflect.get(wanted, kind)
  return name === '' ? value !== undefined : typeof value === 'object' && value !== null && name in value
}

describe('properties', () => {
  it('a converged server plans nothing', () => {
    fc.assert(
      fc.property(situations, ({ wanted, observed }) => {
        expect(changesOf(wanted, applyAll(observed, changesOf(wanted, observed)))).toEqual([])
      }),
    )
  })

  it('interrupted anywhere and planned again it converges to the same', () => {
    fc.assert(
      fc.property(situations, fc.nat(20), ({ wanted, observed }, count) => {
        const changes = changesOf(wanted, observed)
        const interrupted = applyAll(observed, changes.slice(0, count))
        const resumed = applyAll(interrupted, changesOf(wanted, interrupted))
        expect(changesOf(wanted, resumed)).toEqual([])
        expect(resumed).toEqual(applyAll(observed, changes))
      }),
    )
  })

  it('what is not declared stays as it is', () => {
    fc.assert(
      fc.property(situations, ({ wanted, observed }) => {
        const before = parts(observed)
        const after = parts(applyAll(observed, changesOf(wanted, observed)))
        const touched = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
          (part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]),
        )
        expect(touched.filter((part) => !isDeclared(wanted, part))).toEqual([])
      }),
    )
  })

  it('every change says what it changes, and no two are of the same thing', () => {
    fc.assert(
      fc.property(situations, ({ wanted, observed }) => {
        const changes = changesOf(wanted, observed)
        expect(changes.filter(({ fields, note }) => fields.length === 0 && note === undefined)).toEqual([])
        const targets = changes.map(({ kind, subject }) => `${kind} ${subject}`)
        expect(new Set(targets).size).toBe(targets.length)
      }),
    )
  })

  it('a firewall lets in ssh and the cluster before all else, whatever is declared', () => {
    fc.assert(
      fc.property(situations, ({ wanted, observed }) => {
        for (const change of changesOf(wanted, observed)) {
          if (change.kind !== 'load-firewall') continue
          expect(change.rules).toContain('tcp dport 2222 accept')
          expect(change.rules).toContain('ip saddr { 10.0.0.1, 10.0.0.2 } tcp dport { 2377, 7946 } accept')
          expect(change.rules).toContain('ip6 saddr fd00::1 udp dport { 4789, 7946 } accept')
          expect(change.rules.every((rule) => rule.endsWith(' accept'))).toBe(true)
        }
      }),
    )
  })
})
