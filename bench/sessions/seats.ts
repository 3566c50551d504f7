import { defined } from '../../lib/defined.ts'
import { faceInRoom, gazeMan, portrait, signer, smilingMan, turningWoman, yale, type Person } from './people.ts'
import { planList, type SessionPlan } from './plan.ts'
import * as shot from './shots.ts'
import type { Sources } from './sources.ts'

/*
 * Sessions with sound in which another person takes the candidate's seat: while it is empty, in one move, or from the
 * beginning. Every candidate is enrolled, with another picture if there is one.
 */

const SEED = 301

export function seatPlans (sources: Sources): SessionPlan[] {
  const { plans, add } = planList(sources, 'seats', SEED)
  const star = (who: 'amy' | 'howard' | 'penny' | 'sheldon', picture: number, enrolled: number): Promise<Person> =>
    faceInRoom(
      sources,
      `images/identity/bbt/${who}/${who}${picture}.png`,
      `images/identity/bbt/${who}/${who}${enrolled}.png`
    )
  const glad = (): Promise<Person> =>
    portrait(sources, 'images/one_face/happy.jpg', { left: 0.22, top: 0, width: 0.75, height: 1 })
  const calm = (): Promise<Person> =>
    portrait(sources, 'images/one_face/neutral.jpg', { left: 0.2, top: 0, width: 0.62, height: 1 })

  add(
    'Yale 1 gives the seat to Yale 2',
    () => yale(sources, 1, 'glasses'),
    async cast => [
      shot.work(cast, 42),
      await shot.talksAloud(cast, 9),
      shot.work(cast, 23),
      shot.absence(6),
      shot.takesSeat(cast, 45, await yale(sources, 2)),
      shot.absence(5),
      shot.work(cast, 34),
      await shot.overhears(cast, 12),
      shot.work(cast, 21),
      await shot.washesUp(cast, 30),
      shot.work(cast, 15)
    ]
  )

  add(
    'Yale 5, glasses, and Yale 7 at once',
    () => yale(sources, 5, 'glasses'),
    async cast => [
      shot.work(cast, 38),
      shot.takesSeat(cast, 40, await yale(sources, 7, 'glasses')),
      shot.work(cast, 47),
      await shot.speakOneWord(cast, 14),
      shot.work(cast, 22),
      shot.mutes(cast, 45),
      shot.work(cast, 24)
    ]
  )

  add(
    'Yale 6, another person from the beginning',
    async () => inTheNameOf(await yale(sources, 6), await yale(sources, 4)),
    async cast => [
      { ...shot.work(cast, 110), must: ['identity_mismatch'], may: ['identity_unsure'] },
      shot.absence(5),
      { ...shot.work(cast, 120), may: ['identity_mismatch', 'identity_unsure'] }
    ]
  )

  add(
    'a signer, another person from the beginning',
    async () => inTheNameOf(await signer(sources, 'eat'), await signer(sources, 'thanks')),
    async cast => [
      { ...shot.work(cast, 110), must: ['identity_mismatch'], may: ['identity_unsure'] },
      shot.silence(8),
      { ...shot.work(cast, 115), may: ['identity_mismatch', 'identity_unsure'] }
    ]
  )

  add(
    'man in another picture of his',
    () => star('howard', 4, 3),
    async cast => [
      shot.work(cast, 45),
      await shot.speakOneWord(cast, 10),
      shot.work(cast, 28),
      shot.absence(7),
      shot.takesSeat(cast, 35, await star('sheldon', 2, 5)),
      shot.absence(4),
      shot.work(cast, 40),
      await shot.overhears(cast, 10),
      shot.work(cast, 20)
    ]
  )

  add(
    'woman in another picture of hers',
    () => star('amy', 3, 5),
    async cast => [
      shot.work(cast, 52),
      shot.takesSeat(cast, 38, await star('penny', 5, 2)),
      shot.work(cast, 41),
      await shot.machineRoars(cast, 6),
      shot.work(cast, 27),
      await shot.washesUp(cast, 20),
      shot.work(cast, 15)
    ]
  )

  add(
    'another woman in another picture',
    () => star('penny', 5, 2),
    async cast => [
      shot.work(cast, 36),
      await shot.overhears(cast, 14, 0.2),
      shot.work(cast, 24),
      shot.absence(6),
      shot.takesSeat(cast, 36, await calm()),
      shot.work(cast, 33),
      shot.leansIn(cast, 12, 1.4),
      shot.work(cast, 22)
    ]
  )

  add(
    'man with glasses in another picture',
    () => star('sheldon', 1, 5),
    async cast => [
      shot.work(cast, 60),
      shot.cloudsPass(cast, 24),
      shot.work(cast, 26),
      shot.tiltsHead(cast, 9, 11),
      shot.work(cast, 31),
      shot.takesSeat(cast, 37, await star('howard', 3, 4)),
      shot.work(cast, 20)
    ]
  )

  add(
    'man with curls gives the seat to a man in a suit',
    () =>
      portrait(sources, 'images/identity/celeb/alex_lacamoire/alex3.png', undefined, {
        file: 'images/identity/celeb/alex_lacamoire/alex1.jpg',
        cut: { left: 0.15, top: 0.05, width: 0.7, height: 0.5 }
      }),
    async cast => [
      shot.work(cast, 39),
      await shot.washesUp(cast, 25),
      shot.work(cast, 18),
      shot.absence(5),
      shot.takesSeat(
        cast,
        42,
        await portrait(sources, 'images/identity/celeb/obama/obama1.jpg', {
          left: 0.05,
          top: 0.02,
          width: 0.9,
          height: 0.54
        })
      ),
      shot.work(cast, 44),
      shot.darkens(cast, 8, 0.08),
      shot.work(cast, 22)
    ]
  )

  add(
    'man at a telephone gives the seat to a signer',
    () => gazeMan(sources),
    async cast => [
      shot.work(cast, 41),
      await shot.speakOneWord(cast, 16),
      shot.isLookingAside(cast),
      shot.work(cast, 19),
      shot.absence(6),
      shot.takesSeat(cast, 44, await signer(sources, 'eat')),
      shot.absence(4),
      shot.work(cast, 38),
      await shot.washesUp(cast, 22),
      shot.work(cast, 14)
    ]
  )

  add(
    'woman who turns her head and a signer',
    () => turningWoman(sources),
    async cast => [
      shot.work(cast, 33),
      shot.glancesByHead(cast, 1),
      shot.work(cast, 25),
      shot.takesSeat(cast, 46, await signer(sources, 'book')),
      shot.work(cast, 39),
      shot.turnsAway(cast, 6),
      shot.work(cast, 24),
      await shot.machineRoars(cast, 5),
      shot.work(cast, 18)
    ]
  )

  add(
    'smiling man and a signer',
    () => smilingMan(sources),
    async cast => [
      shot.work(cast, 48),
      shot.absence(5),
      shot.takesSeat(cast, 40, await signer(sources, 'thanks')),
      shot.absence(5),
      shot.work(cast, 42),
      shot.leansIn(cast, 12, 1.5),
      shot.work(cast, 25),
      await shot.speakOneWord(cast, 12),
      shot.work(cast, 20)
    ]
  )

  add('laughing woman, a quiet session with sound', glad, async cast => [
    shot.work(cast, 55),
    await shot.washesUp(cast, 60),
    shot.work(cast, 40),
    await shot.speakOneWord(cast, 20),
    shot.work(cast, 35),
    shot.leavesBriefly(2),
    shot.work(cast, 45),
    await shot.washesUp(cast, 30),
    shot.cloudsPass(cast, 25),
    shot.work(cast, 30)
  ])

  return plans
}

/** `person` sits there, but the enrolled picture is that of the first argument. */
const inTheNameOf = ({ enrolment }: Person, person: Person): Person => ({ ...person, ...defined({ enrolment }) })
