import { ArgumentParseError, ArgumentScannerError, formatMessageForArgumentScannerError } from '@stricli/core'
import type {
  AliasNotFoundError,
  EnumValidationError,
  FlagNotFoundError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from '@stricli/core'
import { UsageError } from './errors.ts'

/** What is wrong with the words typed, and what to do next; `path` are the words of the command: `atoll volume move`. */
export const describeUsage = (error: unknown, path: string): UsageError => {
  const message = error instanceof ArgumentScannerError ? describe(error) : String(error)
  const own = error instanceof ArgumentParseError && error.exception instanceof UsageError ? error.exception : undefined
  return new UsageError(message, own?.hint ?? `"${path} --help" shows what is possible`)
}

const describe = (error: ArgumentScannerError): string =>
  formatMessageForArgumentScannerError(error, {
    ArgumentParseError: ({ externalFlagNameOrPlaceholder, input, exception }: ArgumentParseError) => {
      if (exception instanceof UsageError) return exception.message
      const why = exception instanceof Error ? exception.message : String(exception)
      return `${externalFlagNameOrPlaceholder} "${input}": ${why}`
    },
    EnumValidationError: ({ externalFlagName, input, values }: EnumValidationError) =>
      `--${externalFlagName} ${input}: it is one of ${values.join(', ')}`,
    FlagNotFoundError: ({ input, corrections }: FlagNotFoundError) =>
      `no flag --${input}${corrections.length > 0 ? `; did you mean ${corrections.map((flag) => `--${flag}`).join(' or ')}` : ''}`,
    AliasNotFoundError: ({ input }: AliasNotFoundError) => `no flag -${input}`,
    UnsatisfiedFlagError: ({ externalFlagName }: UnsatisfiedFlagError) =>
      `--${externalFlagName} is missing, or its value`,
    UnexpectedPositionalError: ({ input }: UnexpectedPositionalError) => `"${input}" is a word too many`,
    UnsatisfiedPositionalError: ({ placeholder, limit }: UnsatisfiedPositionalError) =>
      `${placeholder.toUpperCase()}: ${limit === undefined || limit[1] === 0 ? 'it is missing' : 'something is missing'}`,
  })
