import { readFileSync } from 'node:fs'

const { LOGBOOK = 'http://logbook:8082', TOKEN_FILE = '/run/secrets/logbook-token' } = process.env
const authorization = `Bearer ${readFileSync(TOKEN_FILE, 'utf8').trim()}`

const reply = await fetch(`${LOGBOOK}/entries`, { headers: { authorization } })
if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`)
const totals = (await reply.json()) as Record<string, number>
const entries = Object.values(totals).reduce((sum, count) => sum + count, 0)
console.log(`the logbook has ${entries} entries`)
