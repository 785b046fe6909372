import type { Change } from '../change.ts'
import { canonicalJson } from '../../json.ts'
import type { Json } from '../../json.ts'
import type { Observed } from '../observed.ts'
import type { Wanted } from '../wanted.ts'
import { compare } from './compare.ts'

/** dockerd(8), "Configuration reload behavior": these are read again while it runs. */
const readAgain = new Set([
  'debug',
  'labels',
  'live-restore',
  'max-concurrent-downloads',
  'max-concurrent-uploads',
  'max-download-attempts',
  'default-runtime',
  'runtimes',
  'authorization-plugins',
  'allow-nondistributable-artifacts',
  'insecure-registries',
  'registry-mirrors',
  'shutdown-timeout',
  'features',
])

export const planDocker = ({ docker }: Wanted, observed: Observed): readonly Change[] => {
  const fields = compare(toTexts(observed.docker), toTexts(docker))
  if (fields.length === 0) return []
  const waiting = fields.map(({ name }) => name).filter((name) => !readAgain.has(name))
  const note = `${waiting.join(', ')}: Docker reads it when it starts; drain the node, then restart Docker or the server`
  return [
    {
      kind: 'set-docker',
      values: docker,
      subject: 'settings of Docker',
      fields,
      ...(waiting.length === 0 ? {} : { note }),
    },
  ]
}

const toTexts = (values: Readonly<Record<string, Json>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, canonicalJson(value)]))
