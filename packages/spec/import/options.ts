import { CannotTurn, type Label, type Note } from './turned.ts'

/**
 * The labels of one thing by what stands behind its name, in lower case. Each has to be asked for: what nobody asked for means
 * something that was not turned.
 */
export class Options {
  readonly #labels: ReadonlyMap<string, Label>
  readonly #asked = new Set<string>()
  readonly notes: Note[] = []

  constructor(labels: ReadonlyMap<string, Label>) {
    this.#labels = labels
  }

  get labels(): readonly Label[] {
    return [...this.#labels.values()]
  }

  find(name: string): Label | undefined {
    this.#asked.add(name)
    return this.#labels.get(name)
  }

  text(name: string): string | undefined {
    return this.find(name)?.value.trim()
  }

  /** Texts parted by commas. */
  list(name: string): readonly string[] {
    return splitList(this.text(name) ?? '')
  }

  flag(name: string): boolean | undefined {
    const label = this.find(name)
    if (label === undefined) return undefined
    const value = label.value.trim().toLowerCase()
    if (value !== 'true' && value !== 'false')
      throw new CannotTurn(label, 'is neither true nor false', 'write one of them')
    return value === 'true'
  }

  /** Those that begin so, with what stands behind. */
  below(prefix: string): readonly (readonly [name: string, label: Label])[] {
    return [...this.#labels].flatMap(([name, label]) => {
      if (!name.startsWith(prefix)) return []
      this.#asked.add(name)
      return [[name.slice(prefix.length), label] as const]
    })
  }

  /** Those are not needed, whatever they say; the person is told. A prefix ends with a dot. */
  leave(name: string, message: string, hint?: string): void {
    const left = name.endsWith('.') ? this.below(name).map(([, label]) => label) : [this.find(name)]
    for (const label of left) {
      if (label !== undefined)
        this.notes.push({ label, isLost: false, message, ...(hint === undefined ? {} : { hint }) })
    }
  }

  /** Throws CannotTurn for the first label that nobody asked for. */
  refuseRest(hint: string): void {
    for (const [name, label] of this.#labels) {
      if (!this.#asked.has(name)) throw new CannotTurn(label, `${name} has no counterpart`, hint)
    }
  }
}

export const splitList = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
