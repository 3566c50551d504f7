import type { Image } from '../../detection/types.ts'
import { feathered, paste } from './overlay.ts'
import type { Random } from './random.ts'
import { among, bareRoom, blinking, greyed, inMirror, mirrored, still, wandering, type Scene } from './scene.ts'
import type { ClipFrame, Cut, Head, Sources } from './sources.ts'

/** The recorded material of one person; absent fields were not recorded. */
export interface Person {
  /** The person at work. */
  readonly work: (random: Random) => Scene
  /** Hands at the chin or the mouth, or in front of the face. */
  readonly hands?: (random: Random) => Scene
  readonly closed?: Image
  /** The widest opening of the mouth. */
  readonly open?: Image
  readonly talk?: (random: Random) => Scene
  /** Eyes turned aside: the frames, and the time of it in them. */
  readonly aside?: {
    readonly frames: readonly ClipFrame[]
    readonly fromMs: number
    readonly toMs: number
    readonly backMs: number
  }
  /** The head turned far to a side. */
  readonly turned?: (random: Random) => Scene
  /** The head turned while the eyes stay on the screen. */
  readonly eyesStay?: (random: Random) => Scene
  /**
   * The picture for enrollment: a different one from those of the session if there is one, otherwise the same. Absent
   * if no picture of the person is good enough.
   */
  readonly enrolment?: Image
}

/** For clips of a phone held upright: the face fills the middle. */
const UPRIGHT: Cut = { left: 0, top: 0.17, width: 1, height: 0.425 }
/** From the head to the belt, where the picture shows half of a room. */
const NEARER: Cut = { left: 0.22, top: 0.08, width: 0.45, height: 0.45 }
const TALLER: Cut = { left: 0.22, top: 0.02, width: 0.45, height: 0.45 }
const WIDE: Cut = { left: 0.12, top: 0, width: 0.75, height: 1 }

const CONDITIONS = ['normal', 'happy', 'sad', 'sleepy', 'surprised'] as const

/**
 * One of the Yale faces: gray stills with five expressions, and one more condition (glasses, side light) to work in.
 */
export async function yale (
  sources: Sources,
  subject: number,
  work: 'normal' | 'glasses' | 'noglasses' | 'sad' | 'leftlight' | 'rightlight' | 'centerlight' = 'normal'
): Promise<Person> {
  const picture = async (condition: string): Promise<Image> =>
    await sources.still(`images/yale/subject0${subject}.${condition}.gif`)
  const [normal, happy, sad, sleepy, surprised] = (await Promise.all(CONDITIONS.map(picture))) as [
    Image,
    Image,
    Image,
    Image,
    Image
  ]
  const usual = work === 'normal' ? normal : await picture(work)
  const enrolment = await picture(work === 'noglasses' ? 'normal' : 'noglasses')
  return {
    // A blink is drawn only into a picture that has the same light and mouth as the picture with closed eyes.
    work: random => {
      const scene = among(work === 'normal' ? [normal, normal, normal, sad, happy] : [usual], random, 3000, 12_000)
      return work === 'normal' ? blinking(scene, sleepy, random, image => image !== happy) : scene
    },
    closed: sleepy,
    open: surprised,
    // People speak four or five syllables a second, so two frames a second show the mouth shut, half open or wide open
    // at random.
    talk: random => among([normal, happy, surprised], random, 400, 500),
    enrolment
  }
}

/** A man who looks at his phone, and aside from it for four seconds. */
export async function gazeMan (sources: Sources, flip = false): Promise<Person> {
  const turn = (frames: readonly ClipFrame[]): readonly ClipFrame[] =>
    flip ? frames.map(({ image, atMs }) => ({ image: mirrored(image), atMs })) : frames
  const center = turn(await sources.clip('video/gaze_center_focus.mp4', UPRIGHT))
  const left = turn(await sources.clip('video/gaze_center_left_center.mp4', UPRIGHT))
  const enrolment = await sources.frame('video/gaze_center_focus.mp4', 8000)
  return {
    work: random => wandering(random() < 0.5 ? center : left, random, 0, 4800),
    aside: { frames: left, fromMs: 5800, toMs: 10_050, backMs: 11_000 },
    enrolment: flip ? mirrored(enrolment) : enrolment
  }
}

/** A woman who turns her head: from far left over her right to the camera. */
export async function turningWoman (sources: Sources, flip = false): Promise<Person> {
  const all = await sources.clip('video/preview_head-pose-face-detection-female.gif', WIDE)
  const frames = flip ? all.map(({ image, atMs }) => ({ image: mirrored(image), atMs })) : all
  return {
    work: random => wandering(frames, random, 1400, 1700),
    turned: random => wandering(frames, random, 0, 430),
    eyesStay: random => wandering(frames, random, 900, 1300),
    enrolment: frames.find(({ atMs }) => atMs >= 1500)!.image
  }
}

/** A man who smiles with open lips all the time. */
export async function smilingMan (sources: Sources): Promise<Person> {
  const frames = await sources.clip('video/preview_head-pose-face-detection-male.gif', WIDE)
  return { work: random => wandering(frames, random), enrolment: frames[0]!.image }
}

/** Signers of one word each: their hands rise to the face and sink again. */
export async function signer (sources: Sources, word: 'book' | 'eat' | 'thanks'): Promise<Person> {
  const frames = await sources.clip(`video/asl_${word}.mkv`, word === 'thanks' ? TALLER : NEARER)
  const restMs = { book: 350, eat: 400, thanks: 350 }[word]
  return {
    work: random => wandering(frames, random, 0, restMs),
    hands: random => wandering(frames, random),
    // In the clip of "book" she looks down at first.
    enrolment: frames.find(({ atMs }) => atMs >= (word === 'book' ? 800 : 0))!.image
  }
}

/** A person with one picture, and optionally a second one for enrollment. */
export async function portrait (sources: Sources, file: string, cut?: Cut, enrolled?: Head): Promise<Person> {
  const image = await sources.still(file, cut)
  return {
    work: () => still(image),
    enrolment: enrolled === undefined ? image : await sources.still(enrolled.file, enrolled.cut)
  }
}

/** A person in a clip, who does there what the clip's labels say; not enrolled. */
export async function clipPerson (sources: Sources, file: string, cut?: Cut): Promise<Person> {
  const frames = await sources.clip(file, cut)
  return { work: random => wandering(frames, random) }
}

/** A person with gray pictures of the face alone, placed `height` pixels high in front of a bare gray wall. */
export async function faceInRoom (sources: Sources, file: string, enrolled: string, height = 250): Promise<Person> {
  const [image, enrolment] = await Promise.all(
    [file, enrolled].map(async name =>
      paste(greyed(bareRoom()), feathered(await sources.piece(name, height), 10), 320, 265)
    )
  )
  return { work: () => still(image!), enrolment: enrolment! }
}

/** The same material, mirrored. */
export function inTheMirror ({ work, hands, enrolment }: Person): Person {
  return {
    work: random => inMirror(work(random)),
    ...(hands !== undefined && { hands: random => inMirror(hands(random)) }),
    ...(enrolment !== undefined && { enrolment: mirrored(enrolment) })
  }
}
