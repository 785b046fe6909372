import { deploy, NotFoundError, remove, status } from '@atoll/deploy'
import { proofApp } from '@atoll/server/proof'
import type { ProofImage, ProofRun } from '@atoll/server/proof'
import { hasErrors, loadProject, toApp } from '@atoll/spec'
import type { App } from '@atoll/spec'
import { contextFor } from '../control.ts'
import type { World } from '../control.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'

interface Proof {
  /** Of its own, so that of two at once none is in the way of the other. */
  readonly environment: string
  readonly author: string
}

/** Runs a proof as an app of this cluster. */
export const runProof = (world: World, { environment, author }: Proof): ProofRun => {
  const ref = { app: proofApp, environment }
  const context = contextFor(world, author)
  const running = (ms: number) => ({ signal: AbortSignal.timeout(ms), onEvent: () => undefined })
  return {
    start: async (file) => {
      const request = { app: loadProof(file, environment), secrets: {}, author, acceptsWarnings: true }
      const outcome = await deploy(context, request, running(limits.joins.deployMs))
      return outcome.kind === 'converged' ? [] : outcome.receipt.causes.map(({ message }) => message)
    },
    async *lines(signal) {
      for await (const { text } of world.engine.logs({ ref, services: [], follow: true }, signal)) yield text
    },
    remove: async () => {
      try {
        await remove(context, { ref, volumes: true }, running(limits.joins.removeMs))
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error
      }
    },
  }
}

const path = '/compose.json'

const loadProof = (file: object, environment: string): App => {
  const read = () => ({ kind: 'text', text: JSON.stringify(file) }) as const
  const input = { files: [path], workingDir: '/', profiles: [], envFiles: [], variables: {} }
  const { project, problems } = loadProject({ ...input, read, exists: () => false })
  const made =
    project === undefined ? undefined : toApp(project, { environment, readContent: () => ({ kind: 'absent' }) })
  if (made === undefined || hasErrors([...problems, ...made.problems])) {
    throw new Error('bug: the proof is no compose file')
  }
  return made.app
}

const systemRef = { app: 'atoll', environment: 'system' } as const

/** What every node runs. ControlError `no-image` where the platform is not there, which this control is part of. */
export const findPlatformImage = async (world: World, signal: AbortSignal): Promise<ProofImage> => {
  const { services } = await status(contextFor(world, 'atoll'), systemRef, signal)
  const own = services.find(({ service }) => service === 'control') ?? services[0]
  if (own !== undefined) return { image: own.image, node: '/atoll/node', program: '/atoll/prove.mjs' }
  throw new ControlError('no-image', 'find the image of the platform: it has no service', {
    status: 503,
    hint: 'look with "atoll doctor"; "atoll init" installs the platform',
  })
}
