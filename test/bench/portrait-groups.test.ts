import { existsSync } from 'node:fs'
import t from 'tap'
import { largestGap, portraitGroups, type PortraitRates } from '../../bench/portrait-groups.ts'
import { isKeptAside, newPeoplePlans } from '../../bench/sessions/new-people.ts'
import { wilson } from '../../lib/wilson.ts'

const FOLDER = '../shared/testdata2'
const skip = !existsSync(`${FOLDER}/labels.json`) && `${FOLDER} is missing`
/** A share of portraits refused for eyes or light that one group has more than another. */
const GAP_MAX = 0.2

const rates = (group: string, pictures: number, closed: number): PortraitRates =>
  ({ group, pictures, closed, missed: 0, light: 0, lifeless: 0, judged: pictures })

t.test('an interval of a share is wide for few', async t => {
  const rounded = (count: number, of: number): number[] => {
    const { low, high } = wilson(count, of)
    return [low, high].map(share => Math.round(share * 1000) / 1000)
  }
  t.same(rounded(0, 10), [0, 0.278])
  t.same(rounded(8, 10), [0.49, 0.943])
  t.same(rounded(80, 100), [0.711, 0.867])
  t.same(rounded(0, 0), [0, 1])
})

t.test('the largest gap is that between the groups that are large enough', async t => {
  const all = [rates('all', 100, 9), rates('beard', 20, 1), rates('glasses', 10, 3), rates('hat', 4, 4)]
  t.match(largestGap(all, ({ closed }) => closed), { gap: 0.25, most: 'glasses', least: 'beard' })
  t.match(largestGap([], ({ closed }) => closed), { gap: 0 })
})

t.test('a third of the people is kept aside', async t => {
  const aside = Array.from({ length: 3000 }, (_, index) => isKeptAside(`person ${index}`)).filter(Boolean).length
  t.ok(aside > 900 && aside < 1100, `${aside} of 3000`)
  t.same(await newPeoplePlans('/nowhere', '/nowhere', 'new people'), [], 'without the folder there are no sessions')
})

t.test('no group is refused much more often than another for its eyes or its light', { skip, timeout: 240_000 }, async t => {
  const portraits = await portraitGroups(FOLDER, existsSync('../shared/models') ? '../shared/models' : 'models')
  const { gap, most, least } = largestGap(portraits, ({ closed, light }) => closed + light)
  t.ok(gap <= GAP_MAX, `${Math.round(gap * 100)} % between ${most} and ${least}`)
})
