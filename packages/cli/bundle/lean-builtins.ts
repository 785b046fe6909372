import type { Plugin } from 'esbuild'

const namespace = 'builtin'

/**
 * Takes Node's own modules as they are, not by `import`: that reads every name of a module, and those of `node:http` that
 * nobody asked for start a whole client for the web, which costs each program 14 MiB and 30 ms at its start.
 */
export const leanBuiltins: Plugin = {
  name: 'lean-builtins',
  setup: (bundling) => {
    bundling.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace }))
    bundling.onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}

/** Whether an input of a bundle is no file, but was made by `leanBuiltins`. */
export const isBuiltin = (input: string): boolean => input.startsWith(`${namespace}:`)

/** Begins a bundle: libraries that were written for CommonJS call `require`. */
export const requireBanner = "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);"
