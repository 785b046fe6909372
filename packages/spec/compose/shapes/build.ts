import { isFilled, nodeOf } from '../node.ts'
import { bytes, explicitFlag, flag, list, record, shorthand, text } from '../shape.ts'
import { files } from './mounts.ts'
import { hosts, keyedTexts, labels, sshKeys, ulimits, variables, words } from './values.ts'

const buildSection = record({
  context: text(),
  dockerfile: text(),
  dockerfile_inline: text(),
  entitlements: list(text()),
  args: variables,
  ssh: sshKeys,
  labels,
  cache_from: list(text()),
  cache_to: list(text()),
  no_cache: flag,
  no_cache_filter: list(text(), { takesScalar: true }),
  additional_contexts: labels,
  network: text(),
  provenance: text({ takesAny: true }),
  sbom: text({ takesAny: true }),
  pull: flag,
  target: text(),
  shm_size: bytes,
  extra_hosts: hosts,
  isolation: text(),
  privileged: flag,
  secrets: files('/run/secrets'),
  tags: keyedTexts(),
  ulimits,
  platforms: list(text()),
})

/** A text is the path or URL of the context. */
export const build = shorthand(
  (node) => ({ kind: 'ok', value: isFilled(node) ? nodeOf({ context: node.value }, node.at) : node }),
  buildSection,
)

export const develop = record({
  watch: list(
    record(
      {
        path: text(),
        action: text({ oneOf: ['rebuild', 'sync', 'restart', 'sync+restart', 'sync+exec'] }),
        target: text(),
        ignore: list(text(), { takesScalar: true }),
        include: list(text(), { takesScalar: true }),
        exec: record({
          command: words,
          user: text(),
          privileged: flag,
          working_dir: text(),
          environment: variables,
        }),
        initial_sync: explicitFlag,
      },
      { required: ['path', 'action'] },
    ),
  ),
})
