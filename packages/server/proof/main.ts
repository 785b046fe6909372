import { askPeers } from './ask-peers.ts'
import type { AskPeers } from './ask-peers.ts'

// A program of the platform's image: a task of the proof, which is the first process of its container.
process.on('SIGTERM', () => process.exit(0))
await askPeers(
  JSON.parse(process.argv[2] ?? '') as AskPeers,
  (report) => void process.stdout.write(`${JSON.stringify(report)}\n`),
  new AbortController().signal,
)
