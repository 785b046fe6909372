import { styleText } from 'node:util'

type Paint = (text: string) => string

/** Colours as functions, so that renderers stay pure and a pipe, a file or NO_COLOR gets plain text. */
export interface Palette {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
  readonly blue: Paint
  readonly magenta: Paint
  readonly cyan: Paint
}

type Style = keyof Palette

export const createPalette = (hasColor: boolean): Palette => {
  const paint =
    (style: Style): Paint =>
    (text) =>
      hasColor ? styleText(style, text, { validateStream: false }) : text
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    blue: paint('blue'),
    magenta: paint('magenta'),
    cyan: paint('cyan'),
  }
}
