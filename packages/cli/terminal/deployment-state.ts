import type { DeploymentState } from '@atoll/deploy'
import type { Palette } from './palette.ts'

const words: Readonly<Record<DeploymentState, { readonly text: string; readonly colour: keyof Palette }>> = {
  running: { text: 'running', colour: 'yellow' },
  converged: { text: 'converged', colour: 'green' },
  'rolled-back': { text: 'rolled back', colour: 'red' },
  failed: { text: 'failed', colour: 'red' },
}

export const renderDeploymentState = (state: DeploymentState, palette: Palette): string =>
  palette[words[state].colour](words[state].text)
