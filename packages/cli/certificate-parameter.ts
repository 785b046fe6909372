import type { Cli } from './cli.ts'

export const certificateParameter = {
  parse: (input: string): string => input,
  brief: 'Host, or id as "atoll cert ls" shows it',
  placeholder: 'certificate',
  proposeCompletions: proposeCertificates,
} as const

async function proposeCertificates(this: Cli, partial: string): Promise<readonly string[]> {
  return (await import('./propose-people.ts')).proposeCertificates(this, partial)
}
