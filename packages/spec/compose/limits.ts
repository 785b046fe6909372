/** Ten times the largest compose file found in the field; a file of data belongs in a config with `file:`. */
export const MAX_FILE_CHARACTERS = 1024 * 1024

/** Tokens of YAML over all files of a load, some 20,000 lines: more is not read within the second a person waits. */
export const MAX_TOKENS = 150_000

/** Values over all files once aliases are followed: a few lines of aliases to aliases can stand for billions. */
export const MAX_NODES = 100_000

/** Deepest nesting; the deepest key of the specification is nine deep, and reading is recursive. */
export const MAX_DEPTH = 100

/** Characters of all env and label files of a load; every service that names a file reads it again. */
export const MAX_ENV_FILE_CHARACTERS = 1024 * 1024

/** Compose files of one load, `extends` and `include` counted each time: a chain of includes may double at each step. */
export const MAX_FILES = 500

/** Characters that variables may add over all values of a load. */
export const MAX_INTERPOLATED_CHARACTERS = 8 * 1024 * 1024

/** Problems told at once: nobody reads more, and a list of a hundred thousand hides the first. */
export const MAX_PROBLEMS = 100

/** What is left of the limits that all files of one load share. */
export interface Budget {
  tokens: number
  nodes: number
  files: number
  envFileCharacters: number
  interpolatedCharacters: number
}

export const createBudget = (): Budget => ({
  tokens: MAX_TOKENS,
  nodes: MAX_NODES,
  files: MAX_FILES,
  envFileCharacters: MAX_ENV_FILE_CHARACTERS,
  interpolatedCharacters: MAX_INTERPOLATED_CHARACTERS,
})
