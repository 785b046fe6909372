/** Blocks of a PEM text, by what stands after BEGIN; what stands between them is skipped (RFC 7468). */
export interface PemBlock {
  readonly label: string
  readonly text: string
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n[\s\S]*?-----END \1-----/g

export const readPemBlocks = (text: string): readonly PemBlock[] =>
  [...text.matchAll(block)].map(([whole, label = '']) => ({ label, text: `${whole.replaceAll('\r\n', '\n')}\n` }))

export const isKeyLabel = (label: string): boolean => label.endsWith('PRIVATE KEY')
