import { connectLoopback, runRelay } from './relay.ts'

// A program of the platform's image: runs in the network of a task, and ends with its input.
await runRelay({
  ports: process.argv.slice(2).map(Number),
  connect: connectLoopback,
  input: process.stdin,
  send: (frame) => void process.stdout.write(frame),
})
process.exit(0)
