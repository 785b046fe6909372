import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { EngineError } from '@atoll/engine'
import { nodeHeader, renderError, statusOf } from '@atoll/engine/remote'
import type { Credentials } from './credentials.ts'
import { parseAgentNode } from './name-agent.ts'

/** A server for other agents only. Who shows no certificate of the authority for clients is cut off while shaking hands. */
export const openDoor = (credentials: Credentials, authorityPem: string): Server =>
  createServer({
    ...contextOf(credentials, authorityPem),
    requestCert: true,
    rejectUnauthorized: true,
    requestTimeout: 0,
    headersTimeout: 10_000,
  })

/** Connections that are open keep what they began with. */
export const renewDoor = (door: Server, credentials: Credentials, authorityPem: string): void =>
  door.setSecureContext(contextOf(credentials, authorityPem))

const contextOf = ({ certificatePem, keyPem }: Credentials, authorityPem: string) => ({
  cert: certificatePem,
  key: keyPem,
  ca: authorityPem,
  minVersion: 'TLSv1.3' as const,
})

/** Answers whoever is no agent, or asks for more than agents do, with a refusal; false: the request is to be answered. */
export const refuseStranger = (request: IncomingMessage, response: ServerResponse): boolean => {
  if (readPeer(request) !== undefined && request.headers[nodeHeader] !== undefined) return false
  const error = new EngineError('refused', 'ask this agent: only other agents may, and only for its own node')
  response.writeHead(statusOf(error), { 'Content-Type': 'application/json' }).end(JSON.stringify(renderError(error)))
  return true
}

/** Node of the agent that asks; undefined when it is somebody else with a certificate of the authority. */
export const readPeer = ({ socket }: IncomingMessage): string | undefined => {
  const tls = socket as TLSSocket
  return tls.authorized ? parseAgentNode(tls.getPeerCertificate().subjectaltname) : undefined
}
