import { renderUnicodeCompact } from 'uqr'

/** Two rows of modules to a line, dark on light with a quiet border, as cameras want it. */
export const renderQrCode = (text: string): string => renderUnicodeCompact(text, { border: 2 })
