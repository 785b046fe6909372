import { fileTransferShape, forwardPortsShape, readExecStart, serveBytes } from '@atoll/engine/remote'
import type { z } from 'zod'
import { appendAudit } from '../audit/audit.ts'
import type { Control } from '../control.ts'
import { limits } from '../limits.ts'
import { getService } from './exec.ts'
import type { Handler, Handlers, Request, Talk } from './handler.ts'

type FramesName = 'readFiles' | 'writeFiles' | 'forwardPorts'
type Ends = Parameters<Parameters<typeof serveBytes>[1]>[0]

interface Work<Start> {
  readonly shape: z.ZodType<Start>
  /** What the audit keeps of it. */
  readonly describe: (start: Start) => object
  readonly run: (
    control: Control,
    given: { readonly start: Start; readonly taskId: string; readonly ends: Ends },
    signal: AbortSignal,
  ) => Promise<void>
}

/** Bytes both ways with a task of the environment. It is in the audit before it begins. */
const reach =
  <Start>(action: FramesName, { shape, describe, run }: Work<Start>) =>
  async (control: Control, { params, caller, address, signal }: Request<FramesName>): Promise<Talk> => {
    const { app, environment, task: taskId } = params
    const service = await getService(control, params, signal)
    return async (parts, ended) => {
      const start = await readExecStart(parts.frames, shape)
      const after = { service, task: taskId, ...describe(start) }
      const entry = { by: caller.description, action, subject: `${app}/${environment}`, address, after }
      await appendAudit(control, entry, AbortSignal.any([ended, AbortSignal.timeout(limits.requestMs)]))
      await serveBytes(
        parts,
        async (ends, stopped) => {
          await run(control, { start, taskId, ends }, stopped)
          return 0
        },
        ended,
      )
    }
  }

const getStats: Handler<'getStats'> = async ({ engine }, { params, signal }) => ({
  items: [...(await engine.stats(params, signal))],
})

const statFile: Handler<'statFile'> = async (control, { params, query, signal }) => {
  await getService(control, params, signal)
  const found = await control.engine.statFile({ taskId: params.task, path: query.path }, signal)
  return found === undefined ? {} : { found }
}

export const reachHandlers: Handlers<'getStats' | 'statFile' | FramesName> = {
  getStats,
  statFile,
  readFiles: reach('readFiles', {
    shape: fileTransferShape,
    describe: ({ path }) => ({ path }),
    run: ({ engine }, { start, taskId, ends }, signal) =>
      engine.readFiles({ ...start, taskId, take: ends.stdout }, signal),
  }),
  writeFiles: reach('writeFiles', {
    shape: fileTransferShape,
    describe: ({ path }) => ({ path }),
    run: ({ engine }, { start, taskId, ends }, signal) =>
      engine.writeFiles({ ...start, taskId, tar: ends.stdin }, signal),
  }),
  forwardPorts: reach('forwardPorts', {
    shape: forwardPortsShape,
    describe: ({ ports }) => ({ ports }),
    run: ({ engine }, { start, taskId, ends }, signal) =>
      engine.forward({ ...start, taskId, input: ends.stdin, output: ends.stdout }, signal),
  }),
}
