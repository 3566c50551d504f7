/** The grid of the wall: as large as the tiles can be without scrolling. */

export interface Grid {
  readonly columns: number
  readonly rows: number
}

/** A tile is at most this wide: its picture has 160 pixels. */
export const TILE_WIDTH_MAX = 340
/** Width by height of a tile with its line of text, and the most that a picture is cut to. */
export const TILE_SHAPE = 1.2
const SHAPE_MAX = 1.6

/** Candidates on one page of the wall. */
export const PAGE_TILES = 50

/** The columns and rows for so many tiles in that space: the largest pictures, all of them visible. */
export function gridFor (count: number, width: number, height: number): Grid {
  let best: Grid = { columns: 1, rows: Math.max(1, count) }
  let bestArea = -1
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns)
    const tileWidth = Math.min(TILE_WIDTH_MAX, width / columns)
    const tileHeight = Math.min(height / rows, tileWidth / TILE_SHAPE)
    // The picture fills the tile's height: what is wider than it is needed is lost.
    const area = Math.min(tileWidth, tileHeight * SHAPE_MAX) * tileHeight
    if (area <= bestArea) continue
    best = { columns, rows }
    bestArea = area
  }
  return best
}

/** The place that an arrow key leads to on the wall. */
export function step (at: number, key: string, columns: number, count: number): number {
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns }[key]
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  return next === undefined || next < 0 || next >= count ? at : next
}
