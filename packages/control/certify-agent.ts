import { signCertificate } from '@atoll/authority'
import type { Authority, Certificate } from '@atoll/authority'
import type { Clock } from '@atoll/deploy'
import type { AgentPlace } from '@atoll/engine/remote'
import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { ControlError } from './errors.ts'
import { limits } from './limits.ts'

export interface AgentApplication {
  readonly nodeId: string
  readonly secret: string
  readonly publicKeyPem: string
  /** Where the connection comes from. */
  readonly address: string
}

export interface AgentOffice {
  readonly authority: Authority
  /** Each is as good as the other: while the secret is exchanged there are two. */
  readonly secrets: readonly string[]
  /** Where the agents are, as the engine knows it at this moment. */
  readonly agents: (signal: AbortSignal) => Promise<readonly AgentPlace[]>
  readonly clock: Pick<Clock, 'now'>
}

export type CertifyAgent = (application: AgentApplication, signal: AbortSignal) => Promise<Certificate>

/**
 * Signs for whoever knows the secret and asks from the address the engine has given to that node's agent: who has read the
 * secret on one node becomes no other. ControlError `not-an-agent`, the same for every reason.
 */
export const createCertifyAgent =
  ({ authority, secrets, agents, clock }: AgentOffice): CertifyAgent =>
  async ({ nodeId, secret: given, publicKeyPem, address }, signal) => {
    if (!secrets.some((secret) => isSame(given, secret))) throw notAnAgent()
    const places = await agents(signal)
    const from = address.replace(/^::ffff:/, '')
    if (!places.some((place) => place.nodeId === nodeId && place.addresses.includes(from))) throw notAnAgent()
    const request = {
      authority,
      commonName: `agent of ${nodeId}`,
      names: [`${nodeId}.agent.atoll`],
      addresses: [],
      use: 'peer' as const,
      nowMs: clock.now(),
      lifeMs: limits.agentCertificateLifeMs,
    }
    return signCertificate({ ...request, publicKeyPem }).catch((cause: unknown) => {
      throw new ControlError('invalid', 'body.publicKeyPem: is no public key of the curve P-256', {
        status: 400,
        cause,
      })
    })
  }

const agentsShape = z.object({ secret: z.string().min(32) })

/** The secret of agents out of its file. Throws for what is none, without telling any of it. */
export const parseAgentsSecret = (text: string): string => {
  try {
    return agentsShape.parse(JSON.parse(text)).secret
  } catch {
    throw new Error('the file that ATOLL_AGENTS names holds no secret of agents')
  }
}

const isSame = (a: string, b: string): boolean => timingSafeEqual(hash(a), hash(b))

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()

const notAnAgent = (): ControlError =>
  new ControlError(
    'not-an-agent',
    'the secret is wrong, or the engine knows of no agent of this node at this address',
    {
      status: 403,
      retry: true,
      hint: 'a task that has just started is known a moment later; else see "atoll status atoll/system"',
    },
  )
