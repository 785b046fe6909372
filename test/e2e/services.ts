import type { TestLab } from '@atoll/lab/testing'

/** Services of the tests, on the lab's node image. VERSION tells releases apart; a second of watching is enough for them. */
export const sleeper = (lab: TestLab, version: string, { deploy, ...rest }: Settings = {}) => ({
  image: lab.images.node,
  command: [
    'node',
    '-e',
    'process.on("SIGTERM", () => process.exit(0)); console.log("up"); setInterval(() => {}, 1000)',
  ],
  environment: { VERSION: version },
  deploy: { update_config: { monitor: '1s' }, ...deploy },
  ...rest,
})

type Settings = Readonly<Record<string, unknown>> & { readonly deploy?: Readonly<Record<string, unknown>> }

/** Watched for as long as the default is: on a busy machine a program may live for more than a second before it dies. */
const untilItDies = { update_config: {} }

/** Dies with status 3 soon after its start. */
export const crasher = (lab: TestLab, version: string, { deploy, ...rest }: Settings = {}) =>
  sleeper(lab, version, {
    command: ['node', '-e', 'console.error("cannot read the menu"); process.exit(3)'],
    deploy: { ...untilItDies, ...deploy },
    ...rest,
  })

/** Takes memory until it has none. */
export const eater = (lab: TestLab, version: string, { deploy, ...rest }: Settings = {}) =>
  sleeper(lab, version, {
    command: ['node', '-e', 'const a = []; setInterval(() => a.push(Buffer.alloc(8e6, 1)), 20)'],
    deploy: { ...untilItDies, resources: { limits: { memory: '64M' } }, ...deploy },
    ...rest,
  })

/** Runs, and is never healthy. */
export const sickly = (lab: TestLab, version: string, rest: Settings = {}) =>
  sleeper(lab, version, {
    healthcheck: {
      test: ['CMD', 'node', '-e', 'console.log("no pulse"); process.exit(1)'],
      interval: '1s',
      timeout: '2s',
      retries: 2,
    },
    ...rest,
  })

/** Says of each answer that it is the last on its connection, for three seconds after it was told to end. */
const patient = `
let isEnding = false
const server = require("http").createServer((_, reply) => {
  if (isEnding) reply.setHeader("connection", "close")
  reply.end(process.env.VERSION)
}).listen(8080)
process.on("SIGTERM", () => {
  isEnding = true
  setTimeout(() => process.exit(0), 3000)
})
`

/** A server that ends as servers behind a balancer should: those who still come are answered, and sent elsewhere. */
export const patientServer = (lab: TestLab, version: string, rest: Settings = {}) =>
  server(lab, version, { command: ['node', '-e', patient], ...rest })

/** Answers its version over HTTP on a published port of its node. */
export const server = (lab: TestLab, version: string, rest: Settings = {}) =>
  sleeper(lab, version, {
    command: [
      'node',
      '-e',
      'const s = require("http").createServer((_, r) => r.end(process.env.VERSION)).listen(8080); process.on("SIGTERM", () => s.close(() => process.exit(0)))',
    ],
    healthcheck: { test: ['CMD', 'curl', '-sf', 'http://127.0.0.1:8080/'], interval: '1s', timeout: '2s', retries: 5 },
    ...rest,
  })
