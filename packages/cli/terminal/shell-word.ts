import { quoteForShell } from '@atoll/server'

/** A word of a command that somebody may paste: in quotes only where a shell would take it for something else (sh(1)). */
export const renderShellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoteForShell(word))
