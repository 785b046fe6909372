import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AskPeers } from './ask-peers.ts'
import { isAsked } from './judge-proof.ts'
import type { ProvenNode } from './judge-proof.ts'

export interface ProofNode extends ProvenNode {
  readonly id: string
}

interface ProofRequest {
  readonly nodes: readonly ProofNode[]
  /** By digest or by id. */
  readonly image: string
  /** Where Node is in it. */
  readonly node: string
  /** Where the program of the proof is in it; an image that has none is given its text. */
  readonly program?: string
}

export const proofApp = 'atoll-proof'
const port = 7000
const memory = '128M'

/** A compose file: one service for each node that takes tasks, all in one network, each asking all others. */
export function renderProof({ nodes, image, node, program }: ProofRequest): object {
  const begin = program === undefined ? ['--input-type=module-typescript', '--eval', readProgram()] : [program]
  const services = nodes.flatMap((each, at) => {
    if (!isAsked(each)) return []
    const command = [...begin, JSON.stringify(requestOf(nodes, at))].map(escapeVariables)
    const deploy = { ...placed, placement: on(each) }
    return [[nameHost(at), { ...service, image, entrypoint: [node], command, deploy }]]
  })
  return { name: proofApp, services: Object.fromEntries(services) }
}

const service = {
  user: '65534:65534',
  read_only: true,
  cap_drop: ['ALL'],
  stop_grace_period: '1s',
}
const placed = { resources: { limits: { memory } }, restart_policy: { condition: 'any', delay: '1s' } }

const on = ({ id }: ProofNode) => ({ constraints: [`node.id==${id}`] })

const nameHost = (at: number): string => `peer-${at + 1}`

/** The program, and what starts it: it is the first process of its container, which no signal ends by itself. */
const readProgram = (): string => {
  const text = readFileSync(join(import.meta.dirname, 'ask-peers.ts'), 'utf8')
  const start = `process.on('SIGTERM', () => process.exit(0))
await askPeers(JSON.parse(process.argv[1]), (report) => console.log(JSON.stringify(report)), new AbortController().signal)
`
  return `${text}\n${start}`
}

function requestOf(nodes: readonly ProofNode[], own: number): AskPeers {
  const peers = nodes.flatMap((each, at) => {
    const { name, address, isManager } = each
    const doors = [`${address}:7946`, ...(isManager ? [`${address}:2377`] : [])]
    return at === own ? [] : [{ node: name, doors, ...(isAsked(each) && { host: nameHost(at) }) }]
  })
  return { node: nodes[own]?.name ?? '', peers, port }
}

/** Compose would fill in variables. */
const escapeVariables = (text: string): string => text.replaceAll('$', '$$$$')
