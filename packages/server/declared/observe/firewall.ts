import { z } from 'zod'
import { ask } from '../../ask.ts'
import type { Place } from '../../ask.ts'
import { chain, renderSet, table, vrrp } from '../firewall.ts'

/** Statements of our table; undefined where there is none, or no nft. */
export const observeFirewall = async (place: Place): Promise<readonly string[] | undefined> => {
  const { status, stdout } = await ask(place, ['nft', '--json', 'list', 'table', ...table.split(' ')])
  return status === 0 ? readRules(JSON.parse(stdout)) : undefined
}

const expression = z.record(z.string(), z.unknown())
const listing = z.object({
  nftables: z.array(
    z.looseObject({
      chain: z.looseObject({ name: z.string(), policy: z.string().optional(), hook: z.string().optional() }).optional(),
      rule: z.looseObject({ chain: z.string(), expr: z.array(expression) }).optional(),
    }),
  ),
})

/** libnftables-json(5) to the spelling of `renderRules`; what is not of that kind stays JSON, and so is seen as drift. */
export const readRules = (reply: unknown): readonly string[] =>
  listing.parse(reply).nftables.flatMap(({ chain: found, rule }) => {
    if (found !== undefined && (found.name !== chain || found.policy !== 'drop' || found.hook !== 'input')) {
      return [`chain ${found.name} (${found.hook ?? 'no hook'}, policy ${found.policy ?? 'none'})`]
    }
    if (rule === undefined) return []
    const statement = rule.expr.map(readExpression).join(' ')
    return [rule.chain === chain ? statement : `chain ${rule.chain}: ${statement}`]
  })

const match = z.object({ op: z.string(), left: expression, right: z.unknown() })

const readExpression = (part: Readonly<Record<string, unknown>>): string => {
  if ('accept' in part) return 'accept'
  const found = match.safeParse(part['match'])
  if (!found.success || found.data.op !== '==') return JSON.stringify(part)
  const left = readLeft(found.data.left)
  const right = readRight(found.data.right)
  return left === undefined || right === undefined ? JSON.stringify(part) : `${left} ${right}`
}

const payload = z.object({ protocol: z.string(), field: z.string() })
const keyed = z.object({ key: z.string() })

const readLeft = (left: Readonly<Record<string, unknown>>): string | undefined => {
  const header = payload.safeParse(left['payload'])
  if (header.success) return `${header.data.protocol} ${header.data.field}`
  for (const kind of ['meta', 'ct']) {
    const found = keyed.strict().safeParse(left[kind])
    if (found.success) return `${kind} ${found.data.key}`
  }
  return undefined
}

const plain = z.union([z.string(), z.number()])
const compound = z.union([
  z.object({ prefix: z.object({ addr: z.string(), len: z.number() }) }),
  z.object({ range: z.tuple([plain, plain]) }),
  z.object({ set: z.array(plain) }),
])

const readRight = (right: unknown): string | undefined => {
  const word = plain.safeParse(right)
  if (word.success) return word.data === 'vrrp' ? vrrp : String(word.data)
  const found = compound.safeParse(right)
  if (!found.success) return undefined
  if ('prefix' in found.data) return `${found.data.prefix.addr}/${found.data.prefix.len}`
  if ('range' in found.data) return found.data.range.join('-')
  return renderSet(found.data.set.map(String))
}
