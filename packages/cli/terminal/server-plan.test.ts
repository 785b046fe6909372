import { expect, test } from 'vitest'
import { createPalette } from './palette.ts'
import { renderServerPlan } from './server-plan.ts'

const palette = createPalette(false)

test('what is to be done on a server, old -> new', () => {
  const lines = renderServerPlan(
    {
      node: 'node-1',
      changes: [
        {
          kind: 'set-zone',
          zone: 'UTC',
          subject: 'time',
          fields: [
            { name: 'zone', before: 'Asia/Tokyo', after: 'UTC' },
            { name: 'group', after: 'adm' },
            { name: 'group', before: 'mail' },
          ],
          note: 'from now on',
        },
      ],
      findings: [{ subject: 'firewall', message: 'nothing loads it', hint: 'load it' }],
    },
    palette,
  )
  expect(lines).toEqual([
    'node-1',
    '  ~ time',
    '      zone: Asia/Tokyo -> UTC',
    '      group: + adm',
    '      group: - mail',
    '      from now on',
    '  ! firewall: nothing loads it; load it',
  ])
})

test('nothing to do', () => {
  expect(renderServerPlan({ node: 'node-1', changes: [], findings: [] }, palette)).toEqual(['node-1 is as declared'])
})
