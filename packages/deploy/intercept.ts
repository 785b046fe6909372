/**
 * The port as a test wants it to be: every call but a watch goes through `onCall`, which makes it, or does not. For tests.
 */
export const intercept = <T extends object>(port: T, onCall: (call: () => unknown) => unknown): T =>
  new Proxy(port, {
    get: (target, name) => {
      const verb: unknown = Reflect.get(target, name)
      if (typeof verb !== 'function' || name === 'watch') return verb
      return (...args: unknown[]): unknown => onCall(() => Reflect.apply(verb, target, args))
    },
  })
