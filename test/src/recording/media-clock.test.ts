import t from 'tap'
import { MediaClock } from '../../../src/recording/media-clock.ts'

const START = 1_790_000_000_000

t.test('recorded times keep the distances of the capture times, whatever the client\'s clock says', async t => {
  for (const aheadMs of [0, -3_600_000, 7_200_000]) {
    const clock = new MediaClock()
    const lateMs = [150, 5, 400, 0, 170]
    const times = lateMs.map((late, index) => clock.at(START + aheadMs + index * 500, START + index * 500 + late))
    t.same(times.map(atMs => atMs - times[0]!), [0, 500, 1000, 1500, 2000])
    t.equal(times[0], START + 150)
  }
})

t.test('a capture time cannot move a frame by more than a second; the next true one is where it belongs', async t => {
  const clock = new MediaClock()
  t.equal(clock.at(START, START), START)
  t.equal(clock.at(START - 60_000, START + 500), START - 500)
  t.equal(clock.at(START + 60_000, START + 1000), START + 2000)
  t.equal(clock.at(START + 1500, START + 1510), START + 1500)
})

t.test('without a capture time the judge\'s time is taken; a new connection begins anew', async t => {
  const clock = new MediaClock()
  t.equal(clock.at(undefined, START), START)
  clock.at(START, START + 100)
  clock.reset()
  t.equal(clock.at(START + 900_000, START + 1000), START + 1000)
})
