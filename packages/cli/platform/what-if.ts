import { ApiError } from '@atoll/api'
import type { Client } from '@atoll/api'
import type { WhatIfAnswer, WhatIfRequest } from '@atoll/deploy'
import { CommandError } from '../errors.ts'

/** Who may see one app alone is told of that one. CommandError `forbidden` when they have not said which. */
export const askWhatIf = async (
  client: Client,
  { lose, app, ...rest }: WhatIfRequest,
  signal: AbortSignal,
): Promise<WhatIfAnswer> => {
  const query = { ...(lose === undefined ? {} : { lose: lose.join(',') }), ...rest }
  try {
    return await client.call('getWhatIf', { query: { ...query, ...(app === undefined ? {} : { app }) } }, signal)
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'forbidden') throw error
    if (app !== undefined) return client.call('getAppWhatIf', { params: { app }, query }, signal)
    throw new CommandError('forbidden', `ask what nodes take with them: ${error.message}`, {
      hint: 'of an app you have a role in, add --app APP',
      cause: error,
    })
  }
}
