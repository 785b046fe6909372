import type { Handlers } from './handler.ts'

export const clusterHandlers: Handlers<'listNodes' | 'getDoctor'> = {
  listNodes: async ({ engine }, { signal }) => ({ items: await engine.nodes(signal) }),
  getDoctor: ({ engine }, { signal }) => engine.diagnose(signal),
}
