/** How a text is set off: `fault` is for faults only, `accent` for what is of use. */
export type Style = 'plain' | 'strong' | 'faint' | 'accent' | 'fault' | 'selected'

export interface Glyphs {
  readonly bar: readonly [full: string, empty: string]
  readonly rule: string
  readonly ellipsis: string
  readonly dot: string
  readonly plusMinus: string
  readonly dash: string
  readonly pointer: string
  readonly caret: string
  readonly arrows: readonly [up: string, down: string, left: string, right: string]
}

/** Glyphs and colours of one terminal. */
export interface Theme {
  readonly glyphs: Glyphs
  /** Characters beyond ASCII can be shown. */
  readonly isUnicode: boolean
  style(style: Style, text: string): string
}

export interface TerminalFacts {
  readonly colours: 'none' | 'basic' | 'full'
  readonly isUnicode: boolean
}

const unicode: Glyphs = {
  bar: ['━', '─'],
  rule: '─',
  ellipsis: '…',
  dot: '·',
  plusMinus: '±',
  dash: '–',
  pointer: '›',
  caret: '▏',
  arrows: ['↑', '↓', '←', '→'],
}

const ascii: Glyphs = {
  bar: ['=', '-'],
  rule: '-',
  ellipsis: '~',
  dot: '|',
  plusMinus: '+-',
  dash: '-',
  pointer: '>',
  caret: '_',
  arrows: ['up', 'down', 'left', 'right'],
}

type Codes = Readonly<Record<Exclude<Style, 'plain'>, readonly [on: string, off: string]>>

const shapes = { strong: ['1', '22'], faint: ['2', '22'], selected: ['7', '27'] } as const

/** Full colours are of a lightness that can be read on light and on dark. */
const codes: Readonly<Record<TerminalFacts['colours'], Codes>> = {
  none: { ...shapes, accent: ['1', '22'], fault: ['1', '22'] },
  basic: { ...shapes, accent: ['36', '39'], fault: ['31', '39'] },
  full: {
    ...shapes,
    faint: ['38;2;128;134;139', '39'],
    accent: ['38;2;23;147;166', '39'],
    fault: ['38;2;214;64;69', '39'],
  },
}

export function themeOf({ colours, isUnicode }: TerminalFacts): Theme {
  const of = codes[colours]
  return {
    glyphs: isUnicode ? unicode : ascii,
    isUnicode,
    style(style, text) {
      if (style === 'plain' || text === '') return text
      const [on, off] = of[style]
      return `\u001b[${on}m${text}\u001b[${off}m`
    },
  }
}
