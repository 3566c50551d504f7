import { HEADS } from './heads.ts'
import { gazeMan, signer, turningWoman, yale } from './people.ts'
import { passing, planList, second, type SessionPlan } from './plan.ts'
import * as shot from './shots.ts'
import type { Sources } from './sources.ts'

/** Sessions that rules were changed for. */
export function developPlans (sources: Sources): SessionPlan[] {
  const { plans, add } = planList(sources, 'develop', 1)

  add(
    'man at a telephone, eyes',
    () => gazeMan(sources),
    async cast => [
      shot.work(cast, 30),
      ...shot.glances(cast),
      shot.work(cast, 12),
      shot.isLookingAside(cast),
      shot.work(cast, 20),
      ...shot.glances(cast, 1.5),
      shot.leansIn(cast, 12, 1.35),
      shot.work(cast, 15),
      shot.isLookingAside(cast),
      shot.work(cast, 15),
      shot.cloudsPass(cast, 24),
      shot.work(cast, 10),
      await shot.phone(cast, 8, 560, 330),
      shot.work(cast, 15),
      shot.absence(7),
      shot.work(cast, 15),
      shot.tiltsHead(cast, 8, 12),
      shot.freezes(cast, 16),
      shot.work(cast, 20),
      shot.slides(cast, 10, 60),
      await second(cast, 6, HEADS.man, 'left', 200),
      shot.work(cast, 15)
    ]
  )

  add(
    'Yale 1, expressions',
    () => yale(sources, 1),
    async cast => [
      shot.work(cast, 40),
      shot.talks(cast, 9),
      shot.work(cast, 20),
      shot.yawns(cast, 4),
      shot.work(cast, 15),
      shot.sleeps(cast, 7),
      shot.work(cast, 20),
      shot.looksDown(cast, 2),
      shot.work(cast, 12),
      shot.covers('finger', 6),
      shot.work(cast, 15),
      shot.darkens(cast, 8),
      shot.work(cast, 15),
      await second(cast, 6, HEADS.laughing, 'right'),
      shot.work(cast, 15),
      await passing(cast, 1, HEADS.man),
      shot.work(cast, 15),
      shot.yawns(cast, 5),
      shot.work(cast, 15),
      shot.talks(cast, 8),
      shot.work(cast, 15),
      shot.disconnects(9),
      shot.work(cast, 15),
      shot.leansIn(cast, 12),
      shot.work(cast, 10)
    ]
  )

  add(
    'woman who signs "book"',
    () => signer(sources, 'book'),
    async cast => [
      shot.work(cast, 25),
      shot.fidgets(cast, 20),
      shot.work(cast, 20),
      await shot.photograph(cast, 15, 'images/mediapipe_testdata/portrait.jpg'),
      shot.work(cast, 10),
      await shot.fromBehind(cast, 8, 11_000),
      shot.work(cast, 15),
      await shot.phone(cast, 8, 330, 330, 130),
      shot.work(cast, 15),
      shot.silence(12),
      shot.work(cast, 15),
      await shot.bystander(cast, 7, 15_000, 'right'),
      shot.work(cast, 15),
      shot.leavesBriefly(1.5),
      shot.work(cast, 15),
      shot.fidgets(cast, 25),
      await second(cast, 6, HEADS.man, 'right', 180),
      shot.work(cast, 20),
      shot.absence(10, await sources.still('images/no_face/livingroom_empty.jpg')),
      shot.work(cast, 12),
      shot.cloudsPass(cast, 20),
      shot.work(cast, 15)
    ]
  )

  add(
    'woman who turns her head',
    () => turningWoman(sources),
    async cast => [
      shot.work(cast, 30),
      shot.glancesByHead(cast, 1),
      shot.work(cast, 12),
      shot.turnsAway(cast, 7),
      shot.work(cast, 20),
      shot.turnsKeepingEyes(cast, 5),
      shot.work(cast, 20),
      shot.covers('paper', 6),
      shot.work(cast, 15),
      shot.glancesByHead(cast, 1.5),
      shot.work(cast, 15),
      await shot.group(cast, 7, 'images/many_faces/family_three.jpg'),
      shot.work(cast, 20),
      shot.turnsAway(cast, 5),
      shot.work(cast, 15),
      await shot.phone(cast, 8, 470, 340, 140),
      shot.work(cast, 20),
      shot.leansIn(cast, 12, 1.7),
      shot.work(cast, 15),
      shot.absence(5),
      shot.work(cast, 15),
      shot.silence(9),
      shot.work(cast, 15)
    ]
  )

  add(
    'Yale 2, glasses',
    () => yale(sources, 2, 'glasses'),
    async cast => [
      shot.work(cast, 45),
      shot.cloudsPass(cast, 25),
      shot.work(cast, 20),
      shot.yawns(cast, 4),
      shot.work(cast, 20),
      shot.sleeps(cast, 6),
      shot.work(cast, 25),
      shot.covers('tape', 7),
      shot.work(cast, 20),
      await second(cast, 5, HEADS.laughing, 'left'),
      shot.work(cast, 25),
      await passing(cast, 1, HEADS.laughing),
      shot.work(cast, 20),
      shot.talks(cast, 10),
      shot.work(cast, 20),
      await shot.phone(cast, 7, 560, 360, 160),
      shot.work(cast, 25)
    ]
  )

  add(
    'Yale 3, a long quiet hour in five minutes',
    () => yale(sources, 3),
    async cast => [
      shot.work(cast, 60),
      shot.looksDown(cast, 1.5),
      shot.work(cast, 40),
      shot.yawns(cast, 5),
      shot.work(cast, 40),
      shot.tiltsHead(cast, 10, -14),
      shot.work(cast, 40),
      shot.leavesBriefly(2),
      shot.work(cast, 30),
      shot.leansIn(cast, 15, 1.5),
      shot.work(cast, 30),
      shot.cloudsPass(cast, 30)
    ]
  )

  return plans
}
