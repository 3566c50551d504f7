/** What the server saw in a picture, as boxes that a page draws over it. */
export interface Found {
  /** Undefined: a face. */
  readonly label: string | undefined
  /** CSS lengths in percent. */
  readonly left: string
  readonly top: string
  readonly width: string
  readonly height: string
}

/** The faces and objects of `seen`; what is not of that form is left out. */
export function boxesOf (seen: Readonly<Record<string, unknown>>): Found[] {
  return [...listOf(seen['faces']), ...listOf(seen['objects'])].flatMap(({ box, label }) => {
    if (!isBox(box)) return []
    const [x, y, boxWidth, boxHeight] = box
    const [left, top] = [within(x), within(y)]
    return [{
      label: typeof label === 'string' ? label : undefined,
      left: percent(left),
      top: percent(top),
      width: percent(within(x + boxWidth) - left),
      height: percent(within(y + boxHeight) - top)
    }]
  })
}

const isBox = (value: unknown): value is [number, number, number, number] =>
  Array.isArray(value) && value.length === 4 && value.every(share => typeof share === 'number')

const within = (share: number): number => Math.min(1, Math.max(0, share))
const percent = (share: number): string => `${Math.round(share * 1000) / 10}%`

function listOf (value: unknown): ReadonlyArray<Readonly<Record<string, unknown>>> {
  return Array.isArray(value) ? value.filter(item => typeof item === 'object' && item !== null) : []
}
