/** The pictures of a storyboard, joined: one JPEG holds up to a hundred of them. */
import sharp from 'sharp'
import type { MediaRecord } from './journal.ts'

export interface Sheet {
  readonly jpeg: Uint8Array
  readonly startedAtMs: number
  readonly offsetsMs: readonly number[]
  readonly columns: number
  readonly tileWidth: number
  readonly tileHeight: number
}

const COLUMNS = 10
const TILES_MAX = COLUMNS * COLUMNS
const JPEG_QUALITY = 70
const CHANNELS = 3

interface Tile {
  readonly atMs: number
  readonly rgb: Uint8Array
}
interface Size { readonly width: number, readonly height: number }

/** Joins the tiles among these records. All of a sheet have the size of its first. One that is broken is left out. */
export async function * sheetsOf (records: AsyncIterable<MediaRecord>): AsyncGenerator<Sheet> {
  let tiles: Tile[] = []
  let size: Size | undefined
  for await (const { kind, atMs, bytes } of records) {
    if (kind !== 'tile') continue
    size ??= await sizeOf(bytes)
    const rgb = size === undefined ? undefined : await decode(bytes, size)
    if (rgb === undefined) continue
    tiles.push({ atMs: Math.round(atMs), rgb })
    if (tiles.length < TILES_MAX) continue
    yield await join(tiles, size!)
    tiles = []
    size = undefined
  }
  if (tiles.length > 0) yield await join(tiles, size!)
}

async function sizeOf (jpeg: Uint8Array): Promise<Size | undefined> {
  const { width = 0, height = 0 } = await sharp(jpeg).metadata().catch(() => ({ width: 0, height: 0 }))
  return width > 0 && height > 0 ? { width, height } : undefined
}

async function decode (jpeg: Uint8Array, { width, height }: Size): Promise<Uint8Array | undefined> {
  const rgb = await sharp(jpeg)
    .resize({ width, height, fit: 'contain' })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer()
    .catch(() => undefined)
  return rgb?.length === width * height * CHANNELS ? rgb : undefined
}

async function join (tiles: readonly Tile[], { width, height }: Size): Promise<Sheet> {
  const columns = Math.min(COLUMNS, tiles.length)
  const rows = Math.ceil(tiles.length / columns)
  const row = width * CHANNELS
  const sheet = new Uint8Array(columns * rows * row * height)
  tiles.forEach(({ rgb }, index) => {
    const left = (index % columns) * row
    const top = Math.floor(index / columns) * height
    for (let y = 0; y < height; y++) sheet.set(rgb.subarray(y * row, (y + 1) * row), (top + y) * columns * row + left)
  })
  const jpeg = await sharp(sheet, { raw: { width: columns * width, height: rows * height, channels: CHANNELS } })
    .jpeg({ quality: JPEG_QUALITY })
    .toBuffer()
  const startedAtMs = tiles[0]!.atMs
  const offsetsMs = tiles.map(({ atMs }) => atMs - startedAtMs)
  return { jpeg, startedAtMs, offsetsMs, columns, tileWidth: width, tileHeight: height }
}
