const pieceBytes = 64 * 1024

/** One file as the head of a tar has it. */
export const headOf = (name: string, bytes: number): Buffer => {
  const head = Buffer.alloc(512)
  const octal = (value: number, at: number, length: number): void =>
    void head.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at)
  head.write(name, 0)
  octal(0o644, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(bytes, 124, 12)
  octal(0, 136, 12)
  head.write('0', 156)
  head.write('ustar\x0000', 257)
  head.fill(' ', 148, 156)
  octal(
    head.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  )
  return head
}

/** A tar of files of zeros, made as it is read. */
export async function* tarOf(files: Readonly<Record<string, number>>): AsyncGenerator<Uint8Array, void> {
  for (const [name, bytes] of Object.entries(files)) {
    yield headOf(name, bytes)
    const padded = Math.ceil(bytes / 512) * 512
    for (let sent = 0; sent < padded; sent += pieceBytes) yield Buffer.alloc(Math.min(pieceBytes, padded - sent))
  }
  yield Buffer.alloc(1024)
}
