import { freshPlans } from './fresh.ts'
import { gazeMan, portrait, signer, smilingMan, turningWoman, yale, type Person } from './people.ts'
import { passing, plan, second, type SessionPlan } from './plan.ts'
import type { SessionSet } from './play.ts'
import { seatPlans } from './seats.ts'
import * as shot from './shots.ts'
import type { Cast, Shot } from './shots.ts'
import type { Head, Sources } from './sources.ts'

/** Heads for the shoulder of a candidate: where in the picture head and shoulders are. */
const HEADS = {
  man: { file: 'images/one_face/wasm_face.jpg', cut: { left: 0.12, top: 0, width: 0.75, height: 0.92 } },
  laughing: { file: 'images/one_face/happy.jpg', cut: { left: 0.52, top: 0.02, width: 0.46, height: 0.98 } },
  woman: { file: 'images/one_face/neutral.jpg', cut: { left: 0.27, top: 0.04, width: 0.44, height: 0.96 } },
  suit: { file: 'images/mediapipe_testdata/portrait.jpg', cut: { left: 0.25, top: 0.02, width: 0.5, height: 0.5 } }
} as const satisfies Readonly<Record<string, Head>>

/** Every session, most for themselves some five minutes. */
export function sessionPlans (sources: Sources): SessionPlan[] {
  const plans: SessionPlan[] = []
  const add = (
    name: string,
    set: SessionSet,
    cast: () => Promise<Person>,
    shots: (cast: Cast) => Promise<Shot[]>
  ): void => {
    plans.push(plan(sources, { name, set, seed: plans.length + 1 }, cast, shots))
  }

  // develop

  add(
    'man at a telephone, eyes',
    'develop',
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
    'develop',
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
    'develop',
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
    'develop',
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
    'develop',
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
    'develop',
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

  // held out: other people, the eyes' and head's clips seen in a mirror

  add(
    'mirrored man at a telephone',
    'held out',
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
    'held out',
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
    'held out',
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
    'held out',
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
    'held out',
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
    'held out',
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
    'held out',
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
    'held out',
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
    'held out',
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
    'held out',
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

  return [...plans, ...freshPlans(sources), ...seatPlans(sources)]
}
