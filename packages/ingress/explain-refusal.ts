import { IngressError } from './errors.ts'
import { nameEnvironment } from './part.ts'
import type { Backend, Configuration } from './table.ts'

/** Longest piece of what HAProxy says that is repeated. */
const maxCharacters = 500

/** What HAProxy says of a configuration, with the route it begins with, and the parts of the table it is about. */
export const explainRefusal = (configuration: Configuration, output: string): IngressError => {
  const alerts = output.split('\n').filter((line) => line.startsWith('[ALERT]'))
  const find = createFind(configuration)
  const [first = output] = alerts
  const backend = find(first)
  const why = first
    .replace(/^\[ALERT\]\s+\(\d+\) : (?:config : )?/, '')
    // Its folder is another on each node.
    .replace(/\/\S*\/(?=haproxy\.cfg)/, '')
    .slice(0, maxCharacters)
  return new IngressError(
    `configure HAProxy${backend === undefined ? '' : ` for ${describe(backend)}`}: refused: ${why}`,
    {
      code: 'refused',
      retry: false,
      hint: 'this is a fault of Atoll: no route that was accepted may be refused here; change the route to go on',
      parts: [...alerts.flatMap(certificatesIn), ...alerts.flatMap((alert) => find(alert) ?? []).map(nameEnvironment)],
    },
  )
}

const describe = ({ route, service, app, environment }: Backend): string =>
  `${route} of ${service} in ${app}/${environment}`

const certificatesIn = (alert: string): readonly string[] => alert.match(/certificates\/[^\s']+\.pem/g) ?? []

/** By the id of its route, which stands in the line that is refused, or in what is said of it, or in the head of the section. */
const createFind = ({ text, backends }: Configuration): ((alert: string) => Backend | undefined) => {
  const lines = text.split('\n')
  const routes = backends.filter(({ kind }) => kind === 'route')
  const byId = new Map(routes.map((backend) => [backend.name.slice(-idLength), backend]))
  return (alert) => {
    const [, number] = /haproxy\.cfg:(\d+)\]/.exec(alert) ?? []
    const before = lines.slice(0, Number(number ?? 0))
    const places = [before.at(-1), alert, before.findLast((line) => /^\w/.test(line))]
    const ids = places.flatMap((place) => place?.match(/\b[0-9a-f]{10}\b/g) ?? [])
    return ids.map((id) => byId.get(id)).find((backend) => backend !== undefined)
  }
}

const idLength = 10
