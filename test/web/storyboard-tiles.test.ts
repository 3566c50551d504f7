/** The pictures of a storyboard in the review: their order, gaps, incidents, keys, and places in their sheets. */
import t from 'tap'
import {
  backgroundOf, incidentsByTile, nearestTile, tileAfterKey, tilesOf, type Sheet
} from '../../web/src/proctor/review/storyboard-tiles.ts'

const sheet = (id: string, startedAtMs: number, count: number): Sheet => ({
  id,
  recordingId: 'r',
  startedAtMs,
  offsetsMs: Array.from({ length: count }, (_, index) => index * 10_000),
  columns: Math.min(10, count),
  tileWidth: 160,
  tileHeight: 120
})
const tiles = tilesOf([sheet('b', 400_000, 3), sheet('a', 0, 12)])

t.test('pictures follow their times, with the gap before them', async t => {
  t.same(tiles.map(({ sheet: { id }, place }) => `${id}${place}`).slice(10), ['a10', 'a11', 'b0', 'b1', 'b2'])
  t.same(tiles.filter(({ gapMs }) => gapMs > 0).map(({ atMs, gapMs }) => [atMs, gapMs]), [[400_000, 290_000]])
  t.same(tilesOf([]), [])
})

t.test('an incident belongs to the nearest picture, and to none where nothing was recorded', async t => {
  const incidents = [14_000, 16_000, 250_000, 405_001].map(startedAtMs => ({ startedAtMs }))
  t.same([...incidentsByTile(tiles, incidents)], [[1, [incidents[0]]], [2, [incidents[1]]], [13, [incidents[3]]]])
  t.equal(nearestTile(tiles, 1e9), 14)
  t.equal(nearestTile([], 5), -1)
  t.equal(incidentsByTile([], incidents).size, 0)
})

t.test('keys stay within the strip, and find the incidents', async t => {
  const marked = new Map([[9, []], [2, []]])
  const after = (key: string, from: number) => tileAfterKey(key, from, tiles.length, marked)
  t.same(['ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End', '[', ']'].map(key => after(key, 5)), [
    4, 6, 0, 14, 0, 14, 2, 9
  ])
  t.same([after('ArrowLeft', 0), after('ArrowRight', 14), after('[', 2), after(']', 9)], [0, 14, 2, 9])
  t.equal(after('a', 5), undefined)
})

t.test('a picture is its part of the sheet', async t => {
  t.same([0, 9, 11].map(index => backgroundOf(tiles[index]!).backgroundPosition), ['0% 0%', '100% 0%', `${100 / 9}% 100%`])
  t.equal(backgroundOf(tiles[0]!).backgroundSize, '1000% 200%')
  t.match(backgroundOf(tilesOf([sheet('c', 0, 1)])[0]!), { backgroundSize: '100% 100%', backgroundPosition: '0% 0%' })
})
