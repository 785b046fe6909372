import type { FastifyReply } from 'fastify'
import type { Page } from '../handlers/handler.ts'

/** What a browser is shown, or where it is sent. */
export const showPage = (reply: FastifyReply, page: Page): FastifyReply => {
  void reply.header('set-cookie', page.cookie)
  if (page.kind === 'text') return reply.code(200).type('text/plain; charset=utf-8').send(page.text)
  return reply.code(302).header('location', page.location).send()
}
