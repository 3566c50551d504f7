import type { EventKind, Image } from '../../detection/types.ts'
import { repeated } from './microphone.ts'
import { beforeWhite, bust, feathered, type Patch } from './overlay.ts'
import type { Person } from './people.ts'
import { bareRoom, COVERS, hand, overlaid, played, still, viewed } from './scene.ts'
import type { Cut, Sources } from './sources.ts'
import type { Cast, Shot } from './shot.ts'

export const work = ({ person, random }: Cast, seconds: number): Shot => ({
  what: 'works',
  seconds,
  scene: person.work(random)
})

// Incidents

export const absence = (seconds: number, room: Image = bareRoom()): Shot =>
  ({ what: 'is away', seconds, scene: still(room), must: ['face_missing'] })

export async function fromBehind ({ sources }: Cast, seconds: number, fromMs: number): Promise<Shot> {
  const frames = await sources.clip(
    'video/one-by-one-person-detection.mp4',
    { left: 0.2, top: 0, width: 0.7, height: 1 },
    fromMs,
    fromMs + seconds * 1000
  )
  return {
    what: 'stands with the back to the camera',
    seconds,
    scene: played(frames, fromMs),
    must: ['face_missing'],
    may: ['identity_mismatch']
  }
}

export async function secondFace (
  { person, random, sources }: Cast,
  seconds: number,
  file: string,
  head: Parameters<Sources['piece']>[2],
  side: 'left' | 'right',
  height = 230
): Promise<Shot> {
  const patch = bust(await sources.piece(file, height, head))
  return {
    what: 'a person looks over the shoulder',
    seconds,
    scene: overlaid(person.work(random), patch, hand(side === 'left' ? 95 : 545, 470 - height / 2, 4)),
    must: ['multiple_faces'],
    may: ['extra_person']
  }
}

export async function group ({ sources }: Cast, seconds: number, file: string): Promise<Shot> {
  const image = await sources.still(file)
  return {
    what: 'several people at the desk',
    seconds,
    scene: still(image),
    must: ['multiple_faces'],
    may: ['extra_person', 'looking_away', 'mouth_movement', 'face_missing', 'forbidden_object', 'identity_mismatch']
  }
}

/** A second body without a face: the cut-out of a person with the back to the camera. */
export async function bystander (
  { person, random, sources }: Cast,
  seconds: number,
  atMs: number,
  side: 'left' | 'right'
): Promise<Shot> {
  const frames = await sources.clip('video/one-by-one-person-detection.mp4', undefined, atMs, atMs + 500)
  const patch = feathered(cropped(frames[0]!.image, 300, 0, 200, 440), 8)
  return {
    what: 'a person stands beside, face not seen',
    seconds,
    scene: overlaid(person.work(random), patch, hand(side === 'left' ? 95 : 545, 250, 2)),
    must: ['extra_person'],
    may: ['multiple_faces']
  }
}

export async function phone (cast: Cast, seconds: number, x: number, y: number, height = 150): Promise<Shot> {
  return {
    what: 'holds a telephone',
    seconds,
    scene: overlaid(cast.person.work(cast.random), await phonePatch(cast.sources, height), hand(x, y)),
    must: ['phone'],
    may: ['hand_detected']
  }
}

async function phonePatch (sources: Sources, height: number): Promise<Patch> {
  return beforeWhite(await sources.piece('images/objects/phone_blackberry.jpg', height), 225)
}

export async function phoneAtEar ({ sources }: Cast, seconds: number): Promise<Shot> {
  const image = await sources.still('images/objects/on_bus_phone_at_ear.jpg')
  return {
    what: 'telephones, seen from the side',
    seconds,
    scene: still(image),
    must: ['phone'],
    may: ['extra_person', 'looking_away', 'face_missing', 'multiple_faces', 'identity_mismatch']
  }
}

export async function laptop ({ sources }: Cast, seconds: number): Promise<Shot> {
  const image = await sources.still('images/objects/laptop_with_man.jpg')
  return {
    what: 'types on a laptop',
    seconds,
    scene: still(image),
    must: ['forbidden_object'],
    may: ['looking_away', 'mouth_movement', 'identity_mismatch']
  }
}

/** The candidate is away, and the picture shows a forbidden object. */
export async function leftOnDesk ({ sources }: Cast, seconds: number, file: string): Promise<Shot> {
  return {
    what: `leaves a screen in the picture (${file})`,
    seconds,
    scene: still(await sources.still(file)),
    must: ['forbidden_object', 'face_missing']
  }
}

/** A face on paper or on a screen in front of the camera, in place of the candidate's face. */
export async function heldBefore (cast: Cast, seconds: number, file: string): Promise<Shot> {
  return {
    what: `holds a picture before the camera (${file})`,
    seconds,
    scene: still(await cast.sources.whole(file)),
    must: ['spoof_suspected'],
    may: ['phone', 'forbidden_object', 'looking_away', 'extra_person', 'identity_mismatch']
  }
}

/** The eyes turn aside for four seconds and come back. */
export function isLookingAside ({ person }: Cast): Shot {
  const { frames, fromMs, toMs, backMs } = person.aside!
  const lead = 800
  const seconds = (backMs - fromMs + lead) / 1000
  return {
    what: 'looks aside for four seconds, the head stays',
    seconds,
    scene: played(frames, fromMs - lead),
    must: ['looking_away'],
    during: [lead / 1000, (toMs - fromMs + lead) / 1000]
  }
}

export const turnsAway = ({ person, random }: Cast, seconds: number): Shot =>
  ({ what: 'turns the head away', seconds, scene: person.turned!(random), must: ['looking_away'] })

export const talks = ({ person, random }: Cast, seconds: number): Shot =>
  ({ what: 'talks', seconds, scene: person.talk!(random), must: ['mouth_movement'] })

export const sleeps = ({ person }: Cast, seconds: number): Shot =>
  ({ what: 'shuts the eyes', seconds, scene: still(person.closed!), must: ['eyes_closed'] })

export const covers = (cover: keyof typeof COVERS, seconds: number): Shot => ({
  what: `covers the camera (${cover})`,
  seconds,
  scene: still(COVERS[cover]()),
  must: ['camera_blocked'],
  may: ['too_dark', 'too_blurry', ...(seconds > 10 ? (['face_missing'] as const) : [])]
})

export const darkens = ({ person, random }: Cast, seconds: number, light = 0.08): Shot => ({
  what: 'sits in the dark',
  seconds,
  scene: viewed(person.work(random), () => ({ light })),
  must: ['too_dark'],
  may: ['too_blurry', 'camera_blocked', 'face_missing']
})

export const freezes = ({ person, random }: Cast, seconds: number): Shot =>
  ({ what: 'the picture stands still', seconds, scene: person.work(random), isFrozen: true, must: ['frame_frozen'] })

export const disconnects = (seconds: number): Shot => ({
  what: 'the connection is lost',
  seconds,
  begins: atMs => ({ type: 'disconnected', atMs }),
  ends: atMs => ({ type: 'connected', atMs }),
  must: ['connection_lost']
})

export const silence = (seconds: number): Shot => ({ what: 'no frames come', seconds, must: ['no_frames'] })

/** Another person sits down. The candidate's baseline does not fit this person, hence the `may`. */
export const takesSeat = ({ random }: Cast, seconds: number, other: Person): Shot => ({
  what: 'another person sits there',
  seconds,
  scene: other.work(random),
  must: ['identity_mismatch'],
  may: ['identity_unsure', 'looking_away', 'eyes_closed']
})

export async function talksAloud (cast: Cast, seconds: number): Promise<Shot> {
  return {
    ...talks(cast, seconds),
    what: 'talks aloud',
    sound: await speech(cast, seconds, 0.7),
    must: ['mouth_movement', 'speaking', 'voice']
  }
}

/** The candidate's lips rest. In a clip they may move; then the voice counts as the candidate's, hence the `may`. */
export async function overhears (cast: Cast, seconds: number, gain = 0.3): Promise<Shot> {
  return {
    ...work(cast, seconds),
    what: 'another person speaks in the room',
    sound: await speech(cast, seconds, gain),
    must: ['background_voice'],
    may: ['voice', 'speaking']
  }
}

export async function machineRoars (cast: Cast, seconds: number): Promise<Shot> {
  // The recording has a level of −50 dBFS, hence the gain.
  return {
    ...work(cast, seconds),
    what: 'a machine roars',
    sound: repeated([await cast.sources.sound('audio/noise_white_noise.wav')], seconds, 80),
    must: ['loud_noise']
  }
}

export const mutes = (cast: Cast, seconds: number): Shot =>
  ({ ...work(cast, seconds), what: 'the microphone is off', sound: 'off', must: ['microphone_off'] })

async function speech ({ sources }: Cast, seconds: number, gain: number): Promise<Float32Array> {
  const sounds = await Promise.all(
    ['mediapipe_speech_16000_hz_mono', 'speech_seven', 'pysilero_speech', 'speech_one'].map(
      async name => await sources.sound(`audio/${name}.wav`)
    )
  )
  return repeated(sounds, seconds, gain)
}

// Honest behavior that could be mistaken for an incident

/** The candidate says one word about every seven seconds. */
export async function speakOneWord (cast: Cast, seconds: number): Promise<Shot> {
  return {
    ...work(cast, seconds),
    what: 'says one word now and then',
    sound: repeated([await cast.sources.sound('audio/speech_one.wav')], seconds, 0.7, 6),
    isHonest: true
  }
}

export async function washesUp (cast: Cast, seconds: number): Promise<Shot> {
  return {
    ...work(cast, seconds),
    what: 'a person does the dishes',
    sound: repeated([await cast.sources.sound('audio/noise_doing_the_dishes.wav')], seconds, 1.5),
    isHonest: true
  }
}

/** The eyes turn aside for a second, as in thinking. */
export function glances ({ person }: Cast, seconds = 1): Shot[] {
  const { frames, fromMs, backMs } = person.aside!
  return [
    { what: `glances aside for ${seconds} s`, seconds, scene: played(frames, fromMs + 300), isHonest: true },
    { what: 'looks back', seconds: 3, scene: played(frames, backMs), isHonest: true }
  ]
}

export const glancesByHead = ({ person, random }: Cast, seconds: number): Shot =>
  ({ what: `turns the head for ${seconds} s`, seconds, scene: person.turned!(random), isHonest: true })

export const turnsKeepingEyes = ({ person, random }: Cast, seconds: number): Shot =>
  ({ what: 'turns the head, eyes on the screen', seconds, scene: person.eyesStay!(random), isHonest: true })

export const fidgets = ({ person, random }: Cast, seconds: number, may: readonly EventKind[] = []): Shot =>
  ({ what: 'hands at the chin and before the face', seconds, scene: person.hands!(random), isHonest: true, may })

export const yawns = ({ person }: Cast, seconds: number): Shot =>
  ({ what: 'yawns', seconds, scene: still(person.open!), isHonest: true })

export const looksDown = ({ person }: Cast, seconds: number): Shot => ({
  what: `lowers the eyes for ${seconds} s`,
  seconds,
  scene: viewed(still(person.closed!), () => ({ shiftY: 20 })),
  isHonest: true
})

/** The candidate comes nearer within three seconds, stays, and goes back. */
export const leansIn = ({ person, random }: Cast, seconds: number, zoomMax = 1.6): Shot => ({
  what: 'leans in',
  seconds,
  scene: viewed(person.work(random), atMs => {
    const share = Math.min(1, atMs / 3000, (seconds * 1000 - atMs) / 3000)
    return { zoom: 1 + (zoomMax - 1) * Math.max(0, share) }
  }),
  isHonest: true
})

export const tiltsHead = ({ person, random }: Cast, seconds: number, degrees: number): Shot => ({
  what: `tilts the head by ${degrees} degrees`,
  seconds,
  scene: viewed(person.work(random), () => ({ rollDegrees: degrees, zoom: 1.15 })),
  isHonest: true
})

export const cloudsPass = ({ person, random }: Cast, seconds: number): Shot => ({
  what: 'the light changes slowly',
  seconds,
  scene: viewed(person.work(random), atMs => ({ light: 0.75 + 0.35 * Math.cos(atMs / seconds / 1000 * 2 * Math.PI) })),
  isHonest: true
})

export const leavesBriefly = (seconds: number): Shot =>
  ({ what: `bends out of the picture for ${seconds} s`, seconds, scene: still(bareRoom()), isHonest: true })

export const slides = ({ person, random }: Cast, seconds: number, shiftX: number): Shot =>
  ({ what: 'sits to one side', seconds, scene: viewed(person.work(random), () => ({ shiftX })), isHonest: true })

export async function passerBy (
  { person, random, sources }: Cast,
  seconds: number,
  file: string,
  head: Parameters<Sources['piece']>[2]
): Promise<Shot> {
  const patch = bust(await sources.piece(file, 200, head))
  return {
    what: `a person passes behind within ${seconds} s`,
    seconds,
    scene: overlaid(person.work(random), patch, atMs => ({ x: 60 + (atMs / seconds / 1000) * 60, y: 330 })),
    isHonest: true
  }
}

/** A photograph on the wall, much smaller than the candidate. */
export async function photograph (
  { person, random, sources }: Cast,
  seconds: number,
  file: string,
  height = 46
): Promise<Shot> {
  const patch = feathered(await sources.piece(file, height), 1)
  return {
    what: 'a photograph hangs on the wall',
    seconds,
    scene: overlaid(person.work(random), patch, () => ({ x: 60, y: 60 })),
    isHonest: true
  }
}

function cropped ({ width, data }: Image, left: number, top: number, toWidth: number, toHeight: number): Image {
  const out = new Uint8Array(toWidth * toHeight * 3)
  for (let y = 0; y < toHeight; y++) {
    const from = ((top + y) * width + left) * 3
    out.set(data.subarray(from, from + toWidth * 3), y * toWidth * 3)
  }
  return { width: toWidth, height: toHeight, data: out }
}

/** Some minutes of work and random honest behavior; all lengths are whole seconds. */
export async function honestMinutes (
  cast: Cast,
  minutes: number,
  heads: ReadonlyArray<{ readonly file: string, readonly cut: Cut }>
): Promise<Shot[]> {
  const { person, random } = cast
  const between = (low: number, high: number): number => Math.round(low + random() * (high - low))
  const either = (): number => random() < 0.5 ? -1 : 1
  const passer = heads[Math.floor(random() * heads.length)]!
  const habits: (() => Shot[] | Promise<Shot[]>)[] = [
    () => [leansIn(cast, between(10, 20), 1.2 + random() * 0.5)],
    () => [tiltsHead(cast, between(5, 12), either() * between(8, 15))],
    () => [cloudsPass(cast, between(15, 40))],
    () => [slides(cast, between(8, 25), either() * between(30, 80))],
    () => [leavesBriefly(between(1, 2))],
    async () => [await passerBy(cast, 1, passer.file, passer.cut)],
    async () => [await photograph(cast, between(10, 60), passer.file, between(30, 46))],
    ...person.open === undefined ? [] : [() => [yawns(cast, between(3, 5))]],
    ...person.closed === undefined ? [] : [() => [looksDown(cast, between(1, 2))]],
    ...person.hands === undefined ? [] : [() => [fidgets(cast, between(10, 25), ['mouth_movement'])]],
    ...person.aside === undefined ? [] : [() => glances(cast, 1)],
    ...person.turned === undefined ? [] : [() => [glancesByHead(cast, 1)]],
    ...person.eyesStay === undefined ? [] : [() => [turnsKeepingEyes(cast, between(3, 6))]]
  ]
  const shots: Shot[] = [work(cast, 30)]
  for (let seconds = 30; seconds < minutes * 60;) {
    const next = [...await habits[Math.floor(random() * habits.length)]!(), work(cast, between(15, 60))]
    shots.push(...next)
    seconds += next.reduce((sum, shot) => sum + shot.seconds, 0)
  }
  return shots
}
