import { IngressError } from './errors.ts'
import type { Configuration } from './table.ts'

/** Longest piece of what HAProxy says that is repeated. */
const maxCharacters = 500

/** What HAProxy says of a configuration, with the route it is about: each begins with a comment that names it. */
export const explainRefusal = ({ text }: Configuration, output: string): IngressError => {
  const alert = output.split('\n').find((line) => line.startsWith('[ALERT]')) ?? output
  const [, line] = /haproxy\.cfg:(\d+)\]/.exec(alert) ?? []
  const route = line === undefined ? undefined : routeAt(text, Number(line))
  const why = alert.replace(/^\[ALERT\]\s+\(\d+\) : /, '').slice(0, maxCharacters)
  return new IngressError(`configure HAProxy${route === undefined ? '' : ` for ${route}`}: refused: ${why}`, {
    code: 'refused',
    retry: false,
    hint: 'this is a fault of Atoll: no route that was accepted may be refused here; change the route to go on',
  })
}

const routeAt = (text: string, line: number): string | undefined =>
  text
    .split('\n')
    .slice(0, line)
    .findLast((each) => each.startsWith('# '))
    ?.slice(2)
