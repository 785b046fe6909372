import type { Warning } from '@atoll/plan'
import type { Palette } from './palette.ts'

export const renderWarning = ({ message, hint, isBlocking }: Warning, palette: Palette): readonly string[] => [
  `${isBlocking ? palette.red('blocked:') : palette.yellow('warning:')} ${message}`,
  ...(hint === undefined ? [] : [`  ${palette.dim('→')} ${hint}`]),
]
