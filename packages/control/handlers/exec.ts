import type { Parsed } from '@atoll/api'
import type { Observed } from '@atoll/plan'
import { execProgramShape, readExecStart, serveExec } from '@atoll/engine/remote'
import { appendAudit } from '../audit/audit.ts'
import type { Control } from '../control.ts'
import { notFound } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Handlers } from './handler.ts'

/** Of a command line as the audit keeps it. */
const mostAuditCharacters = 500

export const execHandlers: Handlers<'execInTask'> = {
  execInTask: async (control, { params, caller, address, signal }) => {
    const { app, environment, task: taskId } = params
    const service = await getService(control, params, signal)
    return async ({ frames, outgoing, describe }, ended) => {
      const program = await readExecStart(frames, execProgramShape)
      const command = program.argv.join(' ').slice(0, mostAuditCharacters)
      const subject = `${app}/${environment}`
      const after = { service, task: taskId, command }
      const entry = { by: caller.description, action: 'execInTask', subject, address, after }
      await appendAudit(control, entry, AbortSignal.any([ended, AbortSignal.timeout(limits.requestMs)]))
      await serveExec(
        { frames, outgoing, program, describe },
        (run, stopped) => control.engine.exec({ ...run, taskId }, stopped),
        ended,
      )
    }
  },
}

/** Engine name of the service whose task it is; ControlError `not-found` when the environment has none of that id. */
export const getService = async (
  { engine }: Control,
  { app, environment, task }: Parsed<'execInTask', 'params'>,
  signal: AbortSignal,
): Promise<string> => {
  const service = findService(await engine.observe({ app, environment }, signal), task)
  if (service !== undefined) return service
  throw notFound(`${app}/${environment} has no task ${task}`)
}

/** Only what is the environment's own: the id of another app's task is none here. */
const findService = ({ services }: Observed, taskId: string): string | undefined =>
  services.find(({ isOwned, tasks }) => isOwned && tasks.some(({ id }) => id === taskId))?.engineName
