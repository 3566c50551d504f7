/** How often a session's pictures are searched for objects. */
import t from 'tap'
import { DEFAULT_CADENCE } from '../../../detection/pipeline/cadence.ts'
import type { Models } from '../../../detection/pipeline/load-models.ts'
import { searchObjects, type ObjectSearch } from '../../../detection/pipeline/object-search.ts'
import { startStages, type RanAtMs } from '../../../detection/pipeline/stages.ts'
import type { Image } from '../../../detection/types.ts'

const image: Image = { width: 416, height: 416, data: new Uint8Array(416 * 416 * 3) }
const PERSON = 0
const CHAIR = 56
const PHONE = 67
const CELLS = 52 * 52 + 26 * 26 + 13 * 13
const COLUMNS = 85

/** A detector that sees these things, each with its score, 120 pixels apart. */
function models (things: () => readonly (readonly [label: number, score: number])[]): Models {
  const run = async () => {
    const data = new Float32Array(CELLS * COLUMNS)
    things().forEach(([label, score], index) => {
      const at = (20 * 52 + 8 + 15 * index) * COLUMNS
      data.set([0, 0, Math.log(8), Math.log(8), 1], at)
      data[at + 5 + label] = score
    })
    return { output: { data, dims: [1, CELLS, COLUMNS] } }
  }
  const objects = { name: 'grid', inputs: [{ name: 'x', dims: [1, 3, 416, 416] }], outputs: ['output'], metadata: {}, run }
  return { objects, openImages: { ...objects, run: async () => t.fail('books are not due') } } as unknown as Models
}

/** The seconds in which the first detector looked, of so many. */
async function looks (seconds: number, seen: (second: number) => readonly (readonly [number, number])[], moved = true) {
  const cadence = { ...DEFAULT_CADENCE, booksMs: Infinity, booksAgainMs: Infinity }
  let ranAtMs: RanAtMs = { books: 0 }
  let search: ObjectSearch | undefined
  const looked: number[] = []
  for (let second = 0; second < seconds; second += 0.5) {
    const turn = startStages(ranAtMs, second * 1000, false, () => 0)
    const found = await searchObjects(models(() => seen(second)), cadence, turn, image, {
      faces: [{ x: 100, y: 100, width: 50, height: 50 }], hands: [], moved, search
    })
    ;({ ranAtMs } = turn)
    ;({ search } = found)
    if (found.looks !== undefined) looked.push(second)
  }
  return looked
}

t.test('objects are looked for every other second while something moves', async t => {
  t.same(await looks(9, () => [[PERSON, 0.9]]), [0, 2, 4, 6, 8])
  t.same(await looks(9, () => [[PERSON, 0.9]], false), [0, 3, 6], 'and more rarely in a still picture')
})

t.test('where there may be a phone, every second for as long as it may', async t => {
  const seen = (second: number) => second < 2 ? [[PERSON, 0.9]] as const : [[PERSON, 0.9], [PHONE, 0.2]] as const
  t.same(await looks(10, seen), [0, 2, 3, 4, 5, 6, 7, 8, 9])
})

t.test('another thing or person, every second until it is known', async t => {
  t.same(await looks(12, () => [[PERSON, 0.9], [CHAIR, 0.6]]), [0, 1, 2, 3, 5, 7, 9, 11])
  t.same(await looks(12, () => [[PERSON, 0.9], [PERSON, 0.8]]), [0, 1, 2, 3, 5, 7, 9, 11])
})
