import fastify from 'fastify'

export interface BareServer extends AsyncDisposable {
  readonly url: string
}

/** A server that gives one text over TLS and asks nobody who is there: what any answer of that size costs at least. */
export const openBareServer = async (
  tls: { readonly key: string; readonly cert: string },
  body: string,
): Promise<BareServer> => {
  const server = fastify({ https: { ...tls, minVersion: 'TLSv1.3' as const }, forceCloseConnections: true })
  server.get('/', (_request, reply) => reply.type('application/json').send(body))
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  return { url, [Symbol.asyncDispose]: () => server.close() }
}
