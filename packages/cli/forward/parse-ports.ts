import { UsageError } from '../errors.ts'

/** A port of this machine, and the one of the task that it leads to. */
export interface PortPair {
  /** 0 is any that is free. */
  readonly local: number
  readonly remote: number
}

const mostPort = 65_535

/** `5432`, `8080:80`, `0:80`, `:80`. Throws UsageError. */
export const parsePortPair = (text: string): PortPair => {
  const [, local, remote = ''] = /^(?:(\d{0,5}):)?(\d{1,5})$/.exec(text) ?? []
  const pair = { local: Number(local ?? remote), remote: Number(remote) }
  if (pair.remote >= 1 && pair.remote <= mostPort && pair.local <= mostPort) return pair
  throw new UsageError(`${text}: it is no port`, 'write REMOTE or LOCAL:REMOTE; with :REMOTE any free port is taken')
}
