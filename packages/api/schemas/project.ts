import { z } from 'zod'
import { canaryRequest } from './canary.ts'
import { environmentName, serviceName } from './names.ts'
import { git } from './records.ts'

/** The largest body that is read. */
export const bodyLimitBytes = 32 * 1024 * 1024

const path = z.string().min(1).max(4096)

const fileRead = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('folder') }),
  z.object({ kind: z.literal('too-large'), bytes: z.number() }),
  z.object({ kind: z.literal('binary') }),
  z.object({ kind: z.literal('unreadable'), reason: z.string() }),
])

/** Content of a config or a secret; what is not among them is absent. */
const contentRead = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bytes'), base64: z.base64() }),
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('folder') }),
  z.object({ kind: z.literal('too-large'), bytes: z.number() }),
  z.object({ kind: z.literal('unreadable'), reason: z.string() }),
])

/** What loading a Compose project read on the machine of who deploys; the server loads it again from this alone. */
export const project = z.strictObject({
  /** As `ProjectInput.files`: as the person named them, base first. */
  composeFiles: z.array(path).min(1).max(100),
  workingDir: path,
  environment: environmentName,
  profiles: z.array(z.string()).max(1000),
  envFiles: z.array(path).max(100).exactOptional(),
  /** Only those that were asked for. */
  variables: z.record(z.string(), z.string()),
  projectName: z.string().max(200).exactOptional(),
  /** By absolute path; a file that is not here is absent. */
  files: z.record(path, fileRead),
  exists: z.record(path, z.boolean()),
  contents: z.record(path, contentRead),
})

/** A Compose problem with its place. */
export const problem = z.object({
  severity: z.enum(['error', 'warning']),
  path: z.string(),
  line: z.number(),
  column: z.number(),
  key: z.string(),
  message: z.string(),
  hint: z.string().exactOptional(),
})

/** Pages are the longest. */
const routeScalar = z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()])
const routeKey = z.string().min(1).max(1_000)
const routePart = z.union([routeScalar, z.array(routeScalar).max(1_000), z.record(routeKey, routeScalar)])

/** As deep as routes go; what it may say is checked where compose files are. */
const route = z.record(routeKey, z.union([routePart, z.record(routeKey, routePart)])).meta({
  description: 'a route as it stands under x-atoll.routes of a service in a compose file; a $ is a $ and no variable',
  examples: [{ host: 'shop.example.org', path: '/api', port: 8080 }],
})

/** What is to be done, in the words of the functions of the deploy room; the environment stands in the path. */
export const deploymentRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('deploy'),
    project,
    git: git.exactOptional(),
    acceptsWarnings: z.boolean().exactOptional(),
    /** By service: what `buildImage` gave for it. */
    images: z.record(serviceName, z.string().max(1000)).exactOptional(),
    /** A part of the requests goes to a few new tasks first. */
    canary: canaryRequest.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('promote-canary') }),
  z.strictObject({ kind: z.literal('abort-canary') }),
  z.strictObject({ kind: z.literal('rollback'), release: z.int().positive().exactOptional() }),
  z.strictObject({ kind: z.literal('scale'), replicas: z.record(serviceName, z.int().min(0).max(10_000)) }),
  z.strictObject({ kind: z.literal('add-route'), service: serviceName, route }),
  z.strictObject({
    kind: z.literal('remove-route'),
    route: z
      .string()
      .min(1)
      .max(2_000)
      .meta({ description: 'as routes are listed', examples: ['shop.example.org/api'] }),
  }),
  z.strictObject({ kind: z.literal('restart'), services: z.array(serviceName).max(1000) }),
  z.strictObject({ kind: z.literal('repair'), services: z.array(serviceName).max(1000) }),
  z.strictObject({ kind: z.literal('rebalance'), isStateful: z.boolean() }),
  z.strictObject({ kind: z.literal('adopt') }),
  z.strictObject({ kind: z.literal('remove'), volumes: z.boolean() }),
  z.strictObject({ kind: z.literal('move-volume'), volume: z.string().max(300), to: z.string().max(300) }),
  z.strictObject({ kind: z.literal('resume') }),
])
