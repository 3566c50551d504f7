import { HEADS } from './heads.ts'
import { gazeMan, portrait, signer, smilingMan, turningWoman, yale } from './people.ts'
import { passing, planList, second, type SessionPlan } from './plan.ts'
import * as shot from './shots.ts'
import type { Sources } from './sources.ts'

/** Sessions of other people; the clips of eyes and heads are mirrored. */
export function heldOutPlans (sources: Sources): SessionPlan[] {
  const { plans, add } = planList(sources, 'held out', 7)

  add(
    'mirrored man at a telephone',
    () => gazeMan(sources, true),
    async cast => [
      shot.work(cast, 25),
      ...shot.glances(cast, 1.5),
      shot.work(cast, 20),
      shot.isLookingAside(cast),
      shot.work(cast, 20),
      shot.cloudsPass(cast, 20),
      shot.isLookingAside(cast),
      shot.work(cast, 20),
      await second(cast, 6, HEADS.suit, 'right', 210),
      shot.work(cast, 15),
      ...shot.glances(cast),
      shot.work(cast, 10),
      shot.covers('finger', 8),
      shot.work(cast, 20),
      shot.darkens(cast, 8, 0.1),
      shot.work(cast, 15),
      await shot.phone(cast, 7, 90, 340, 150),
      shot.work(cast, 20),
      shot.slides(cast, 12, -50),
      shot.silence(10),
      shot.work(cast, 20)
    ]
  )

  add(
    'mirrored woman who turns her head',
    () => turningWoman(sources, true),
    async cast => [
      shot.work(cast, 25),
      shot.turnsAway(cast, 6),
      shot.work(cast, 20),
      shot.turnsKeepingEyes(cast, 6),
      shot.work(cast, 20),
      shot.glancesByHead(cast, 1),
      shot.work(cast, 15),
      shot.absence(6),
      shot.work(cast, 20),
      await shot.group(cast, 6, 'images/many_faces/two_people_obama_biden.jpg'),
      shot.work(cast, 20),
      shot.freezes(cast, 15),
      shot.work(cast, 20),
      shot.turnsAway(cast, 8),
      shot.work(cast, 20),
      shot.disconnects(8),
      shot.work(cast, 20),
      await shot.bystander(cast, 7, 36_000, 'left'),
      shot.work(cast, 20)
    ]
  )

  add(
    'man who signs "eat", narrow eyes',
    () => signer(sources, 'eat'),
    async cast => [
      shot.work(cast, 40),
      shot.fidgets(cast, 20, ['mouth_movement']),
      shot.work(cast, 25),
      await shot.phone(cast, 8, 330, 350, 130),
      shot.work(cast, 25),
      await shot.fromBehind(cast, 8, 27_000),
      shot.work(cast, 20),
      shot.fidgets(cast, 20, ['mouth_movement']),
      shot.work(cast, 20),
      await second(cast, 6, HEADS.woman, 'left', 180),
      shot.work(cast, 20),
      shot.leansIn(cast, 14),
      shot.work(cast, 20),
      await passing(cast, 1, HEADS.suit),
      shot.work(cast, 20),
      shot.leavesBriefly(1.5),
      shot.work(cast, 15)
    ]
  )

  add(
    'man who signs "thanks"',
    () => signer(sources, 'thanks'),
    async cast => [
      shot.work(cast, 30),
      shot.fidgets(cast, 25),
      shot.work(cast, 20),
      shot.covers('paper', 5),
      shot.work(cast, 20),
      await shot.bystander(cast, 8, 14_000, 'right'),
      shot.work(cast, 20),
      await shot.photograph(cast, 20, 'images/one_face/neutral.jpg', 40),
      shot.work(cast, 15),
      shot.absence(9, await sources.still('images/no_face/livingroom_empty.jpg')),
      shot.work(cast, 20),
      await shot.group(cast, 6, 'images/many_faces/bbt3.jpg'),
      shot.work(cast, 20),
      shot.darkens(cast, 7),
      shot.work(cast, 20),
      shot.tiltsHead(cast, 10, 12),
      shot.work(cast, 20),
      await shot.phone(cast, 8, 470, 300, 120),
      shot.work(cast, 15)
    ]
  )

  add(
    'Yale 4, glasses',
    () => yale(sources, 4, 'glasses'),
    async cast => [
      shot.work(cast, 40),
      shot.talks(cast, 8),
      shot.work(cast, 25),
      shot.yawns(cast, 4),
      shot.work(cast, 20),
      shot.sleeps(cast, 8),
      shot.work(cast, 25),
      await second(cast, 5, HEADS.woman, 'right'),
      shot.work(cast, 20),
      shot.cloudsPass(cast, 25),
      shot.work(cast, 20),
      shot.covers('tape', 5),
      shot.work(cast, 20),
      shot.looksDown(cast, 2),
      shot.work(cast, 20),
      shot.absence(6),
      shot.work(cast, 20),
      shot.talks(cast, 8),
      shot.work(cast, 15)
    ]
  )

  add(
    'Yale 5, many faces of one',
    () => yale(sources, 5),
    async cast => [
      shot.work(cast, 50),
      shot.yawns(cast, 5),
      shot.work(cast, 25),
      shot.talks(cast, 10),
      shot.work(cast, 25),
      shot.looksDown(cast, 1.5),
      shot.work(cast, 20),
      shot.sleeps(cast, 6),
      shot.work(cast, 25),
      await second(cast, 6, HEADS.suit, 'left'),
      shot.work(cast, 25),
      await shot.group(cast, 6, 'images/many_faces/jessica-wilson-nx3N6enkY_k-unsplash.jpg'),
      shot.work(cast, 25),
      shot.leavesBriefly(2),
      shot.work(cast, 25)
    ]
  )

  add(
    'Yale 6, light from the side',
    () => yale(sources, 6, 'leftlight'),
    async cast => [
      shot.work(cast, 45),
      shot.cloudsPass(cast, 25),
      shot.work(cast, 25),
      await shot.phone(cast, 8, 560, 350, 160),
      shot.work(cast, 25),
      await second(cast, 6, HEADS.woman, 'left'),
      shot.work(cast, 20),
      shot.leansIn(cast, 12, 1.3),
      shot.work(cast, 25),
      shot.absence(8),
      shot.work(cast, 20),
      await shot.phoneAtEar(cast, 8),
      shot.work(cast, 20),
      await passing(cast, 1, HEADS.suit),
      shot.work(cast, 20),
      await shot.laptop(cast, 8),
      shot.work(cast, 15)
    ]
  )

  add(
    'Yale 7, a quiet session',
    () => yale(sources, 7),
    async cast => [
      shot.work(cast, 70),
      shot.yawns(cast, 4),
      shot.work(cast, 50),
      shot.looksDown(cast, 2),
      shot.work(cast, 50),
      shot.leansIn(cast, 12, 1.4),
      shot.work(cast, 40),
      shot.tiltsHead(cast, 10, 10),
      shot.work(cast, 40)
    ]
  )

  add(
    'smiling man, a quiet session',
    () => smilingMan(sources),
    async cast => [
      shot.work(cast, 60),
      shot.cloudsPass(cast, 25),
      shot.work(cast, 50),
      shot.leansIn(cast, 15, 1.6),
      shot.work(cast, 40),
      shot.tiltsHead(cast, 10, -12),
      shot.work(cast, 40),
      shot.slides(cast, 20, 70),
      shot.work(cast, 30)
    ]
  )

  add(
    'portrait in side light, a quiet session',
    () => portrait(sources, 'images/one_face/wasm_face.jpg'),
    async cast => [
      shot.work(cast, 80),
      shot.leansIn(cast, 15, 1.4),
      shot.work(cast, 60),
      shot.leavesBriefly(1.5),
      shot.work(cast, 60),
      shot.cloudsPass(cast, 30),
      shot.work(cast, 40)
    ]
  )

  return plans
}
