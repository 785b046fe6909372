import type { Reply } from '@atoll/api'
import type { Palette } from './palette.ts'
import { renderColumns } from './table.ts'
import { renderDuration } from './time.ts'

interface Look {
  readonly palette: Palette
  readonly nowMs: number
}

/** Lines about the keys of a cluster. */
export const renderKeys = (
  { sealsKey, rotatedAtMs, rotation, sealed }: Reply<'getKeys'>,
  { palette, nowMs }: Look,
): readonly string[] => {
  const since = rotatedAtMs === undefined ? 'never exchanged' : `for ${renderDuration(nowMs - rotatedAtMs)}`
  const rows = [
    ['seals now', sealsKey ?? 'the first key', since],
    ...Object.entries(sealed).map(([key, values]) => [
      'sealed with',
      key,
      `${values} ${values === 1 ? 'value' : 'values'}`,
    ]),
  ]
  if (rotation === undefined) return renderColumns(rows)
  const begun = renderDuration(nowMs - rotation.startedAtMs)
  return [
    ...renderColumns(rows),
    `${palette.yellow('!')} an exchange for key ${rotation.sealsKey} began ${begun} ago and is at "${rotation.phase}"`,
    `  ${palette.dim('→')} "atoll keys rotate" goes on with it`,
  ]
}
