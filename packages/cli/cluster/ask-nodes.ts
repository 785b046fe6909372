import { UsageError } from '../errors.ts'

interface Named {
  readonly id: string
  readonly name: string
}

/** The same of each node, or of the one that is named; what fails on one keeps nobody from hearing of the others. */
export const askNodes = async <Node extends Named, Answer extends object>(
  nodes: readonly Node[],
  { node: wanted, ask }: { readonly node?: string | undefined; readonly ask: (node: Node) => Promise<Answer> },
  signal: AbortSignal,
): Promise<readonly ({ readonly node: string } & (Answer | { readonly trouble: string }))[]> => {
  const chosen = nodes
    .filter(({ id, name }) => wanted === undefined || id === wanted || name === wanted)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (chosen.length === 0)
    throw new UsageError(`there is no node ${wanted}`, `the nodes are ${nodes.map(({ name }) => name).join(', ')}`)
  return Promise.all(
    chosen.map(async (node) => {
      try {
        return { node: node.name, ...(await ask(node)) }
      } catch (error) {
        // One node alone, or a caller who may not: that is no part of an answer.
        if (signal.aborted || wanted !== undefined || !isOfNode(error)) throw error
        return { node: node.name, trouble: error.message }
      }
    }),
  )
}

const ofNode: ReadonlySet<unknown> = new Set(['unreachable', 'not-found', 'timeout'])

const isOfNode = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && ofNode.has(error.code)
