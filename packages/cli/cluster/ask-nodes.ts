import { UsageError } from '../errors.ts'

interface Named {
  readonly id: string
  readonly name: string
}

interface Asking<Node, Answer> {
  /** All when not said. */
  readonly node?: string | undefined
  readonly ask: (node: Node) => Promise<Answer>
  /** Called after each answer with those that are there, and the names of the nodes that are still waited for. */
  readonly onAnswer?: ((seen: readonly Seen<Answer>[], waiting: readonly string[]) => void) | undefined
}

type Seen<Answer> = { readonly node: string } & (Answer | { readonly trouble: string })

/** The same of each node, or of the one that is named; what fails on one keeps nobody from hearing of the others. */
export const askNodes = async <Node extends Named, Answer extends object>(
  nodes: readonly Node[],
  { node: wanted, ask, onAnswer }: Asking<Node, Answer>,
  signal: AbortSignal,
): Promise<readonly Seen<Answer>[]> => {
  const chosen = nodes
    .filter(({ id, name }) => wanted === undefined || id === wanted || name === wanted)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (chosen.length === 0)
    throw new UsageError(`there is no node ${wanted}`, `the nodes are ${nodes.map(({ name }) => name).join(', ')}`)
  const answers = new Map<string, Seen<Answer>>()
  return Promise.all(
    chosen.map(async (node) => {
      const seen = await askOne(node, ask, { isAlone: wanted !== undefined, signal })
      answers.set(node.id, seen)
      onAnswer?.(
        chosen.flatMap(({ id }) => answers.get(id) ?? []),
        chosen.filter(({ id }) => !answers.has(id)).map(({ name }) => name),
      )
      return seen
    }),
  )
}

const askOne = async <Node extends Named, Answer extends object>(
  node: Node,
  ask: (node: Node) => Promise<Answer>,
  { isAlone, signal }: { readonly isAlone: boolean; readonly signal: AbortSignal },
): Promise<Seen<Answer>> => {
  try {
    return { node: node.name, ...(await ask(node)) }
  } catch (error) {
    // One node alone, or a caller who may not: that is no part of an answer.
    if (signal.aborted || isAlone || !isOfNode(error)) throw error
    return { node: node.name, trouble: error.message }
  }
}

const ofNode: ReadonlySet<unknown> = new Set(['unreachable', 'not-found', 'timeout'])

const isOfNode = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && ofNode.has(error.code)
