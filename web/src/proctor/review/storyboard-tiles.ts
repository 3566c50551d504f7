/** The pictures of a storyboard in the order of their times, and the incidents that fall on each. */

/** A sheet as `GET /sessions/:id/storyboard` returns it. */
export interface Sheet {
  readonly id: string
  readonly recordingId: string
  readonly startedAtMs: number
  readonly offsetsMs: readonly number[]
  readonly columns: number
  readonly tileWidth: number
  readonly tileHeight: number
}

export interface Tile {
  readonly sheet: Sheet
  /** Its place in the sheet. */
  readonly place: number
  readonly atMs: number
  /** Milliseconds without a picture before it, where that is longer than usual; else 0. */
  readonly gapMs: number
}

/** The longest step between two pictures of a session is 40 s. */
const GAP_MS = 60_000

export function tilesOf (sheets: readonly Sheet[]): Tile[] {
  const tiles = sheets
    .flatMap(sheet => sheet.offsetsMs.map((offsetMs, place) => ({ sheet, place, atMs: sheet.startedAtMs + offsetMs })))
    .sort((a, b) => a.atMs - b.atMs)
  return tiles.map((tile, index) => {
    const sinceMs = tile.atMs - (tiles[index - 1]?.atMs ?? tile.atMs)
    return { ...tile, gapMs: sinceMs > GAP_MS ? sinceMs : 0 }
  })
}

/** The tile that is nearest to a moment; -1 without tiles. */
export function nearestTile (tiles: readonly Tile[], atMs: number): number {
  let best = -1
  tiles.forEach((tile, index) => {
    if (best < 0 || Math.abs(tile.atMs - atMs) < Math.abs(tiles[best]!.atMs - atMs)) best = index
  })
  return best
}

/** By tile: the incidents whose start is nearer to it than to the others. */
export function incidentsByTile<Incident extends { readonly startedAtMs: number }> (
  tiles: readonly Tile[], incidents: readonly Incident[]
): ReadonlyMap<number, readonly Incident[]> {
  const found = new Map<number, Incident[]>()
  for (const incident of incidents) {
    const index = nearestTile(tiles, incident.startedAtMs)
    // Where nothing was recorded, the nearest picture shows another time.
    if (index < 0 || Math.abs(tiles[index]!.atMs - incident.startedAtMs) > GAP_MS) continue
    found.set(index, [...found.get(index) ?? [], incident])
  }
  return found
}

/** Where a key moves to from a tile; undefined: the key is none of the strip's. */
export function tileAfterKey (
  key: string, from: number, count: number, marked: ReadonlyMap<number, unknown>
): number | undefined {
  const marks = [...marked.keys()].sort((a, b) => a - b)
  const to = {
    ArrowLeft: () => from - 1,
    ArrowRight: () => from + 1,
    PageUp: () => from - 10,
    PageDown: () => from + 10,
    Home: () => 0,
    End: () => count - 1,
    '[': () => marks.filter(mark => mark < from).at(-1) ?? from,
    ']': () => marks.find(mark => mark > from) ?? from
  }[key]
  return to === undefined ? undefined : Math.min(count - 1, Math.max(0, to()))
}

/** The part of a sheet that shows one tile, as the background of an element of the tile's shape. */
export function backgroundOf ({ sheet: { offsetsMs, columns }, place }: Tile): {
  readonly backgroundSize: string
  readonly backgroundPosition: string
} {
  const rows = Math.ceil(offsetsMs.length / columns)
  const share = (at: number, count: number): number => count < 2 ? 0 : at / (count - 1) * 100
  const [left, top] = [share(place % columns, columns), share(Math.floor(place / columns), rows)]
  return { backgroundSize: `${columns * 100}% ${rows * 100}%`, backgroundPosition: `${left}% ${top}%` }
}
