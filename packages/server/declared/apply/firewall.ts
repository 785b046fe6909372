import { ask, order } from '../../ask.ts'
import type { Work } from '../apply.ts'
import { renderTable, table } from '../firewall.ts'
import { provenWayIn } from './way-back.ts'
import { writeText } from '../../files.ts'

/** One transaction of nft(8): there is no moment with half of the rules. What was before comes back if nobody gets in any more. */
export const loadFirewall = async (work: Work, rules: readonly string[]): Promise<void> => {
  const text = renderTable(rules)
  await order(work, ['nft', '--check', '--file', '-'], { input: text })
  const before = (folder: string): string => `${folder}/before.nft`
  const risk = {
    what: 'the firewall',
    keep: async (folder: string) => {
      const there = await ask(work, ['nft', 'list', 'table', ...table.split(' ')])
      await writeText(work, before(folder), renderTable(undefined) + (there.status === 0 ? there.stdout : ''))
    },
    back: (folder: string) => ['nft', '--file', before(folder)],
  }
  await provenWayIn(work, risk, async () => {
    await order(work, ['nft', '--file', '-'], { input: text })
  })
}

export const removeFirewall = async (work: Work): Promise<void> => {
  await order(work, ['nft', '--file', '-'], { input: renderTable(undefined) })
}
