/**
 * What people read about being watched, generated from what the rules do: in one exam for its candidates, and in this
 * installation for everyone.
 */
import { applyPolicy, type Policy } from '../../detection/events/policy.ts'
import { RULES } from '../../detection/events/rules.ts'
import type { EventKind } from '../../detection/types.ts'
import type { Texts } from '../i18n/en.ts'
import { translate, type Language, type TextKey, type TextValues } from '../i18n/translate.ts'
import { conditionSentences, durationWords, type Sentence } from './conditions.ts'
import { screenIsRecorded, type ExamPolicy } from './exam-policy.ts'
import type { Retention } from './retention.ts'

export interface NoticeSection {
  readonly key: keyof Texts['noticeTitles']
  readonly title: string
  readonly sentences: readonly Sentence[]
}

/** Sentences of `watched` that say what is kept and not what is judged. */
const RECORDED = { none: [], incidents: ['recordedIncidents'], full: ['recordedFull'] } as const

type Subject = Exclude<
  keyof Texts['watched'], 'recordedFull' | 'recordedIncidents' | 'recordedScreen' | 'screenOfSome' | 'keptEvidence'
>

/** The kinds of event behind each subject: it is watched while one of them is on. */
export const SUBJECTS: Readonly<Record<Subject, readonly EventKind[]>> = {
  face: ['face_missing'],
  people: ['multiple_faces', 'extra_person'],
  gaze: ['looking_away', 'eye_movement', 'eyes_closed'],
  mouth: ['mouth_movement', 'speaking'],
  hands: ['hand_detected'],
  objects: ['phone', 'forbidden_object'],
  identity: ['identity_mismatch', 'identity_unsure', 'identity_none', 'identity_changed'],
  liveness: ['liveness_unsure', 'spoof_suspected'],
  voices: ['voice', 'background_voice'],
  speakers: ['multiple_voices'],
  noise: ['loud_noise'],
  tabs: ['tab_switch', 'window_blur'],
  fullscreen: ['fullscreen_exit'],
  clipboard: ['copy', 'paste', 'print', 'context_menu'],
  screens: ['second_screen', 'devtools'],
  coverage: ['watch_gap', 'never_watched'],
  technical: [
    'camera_blocked',
    'camera_upside_down',
    'too_dark',
    'too_blurry',
    'frame_frozen',
    'no_frames',
    'invalid_image',
    'camera_off',
    'microphone_off',
    'screen_share_stopped',
    'connection_lost'
  ]
}

/** Kinds of no subject: a person's report, what the candidate does on purpose, and what the session itself does. */
export const WITHOUT_SUBJECT: readonly EventKind[] = ['calibration', 'suspicious_activity', 'recording_failed', 'paused']

const NEVER_WATCHED = ['recording', 'words', 'emotions', 'typing', 'computer'] as const
/** What is not true of an exam that records the screen. */
const UNLESS_SCREEN: readonly string[] = ['typing', 'computer']
/** Models that only some installations have. */
const OPTIONAL_MODELS = ['spoofV2', 'spoofV1SE', 'speaker']

/** Which of the rules can run at all. `models`: names of the loaded ones. */
function canRun (kind: EventKind, models: readonly string[]): boolean {
  const rule = RULES[kind]
  const needed: readonly string[] = 'models' in rule ? rule.models : []
  const optional = needed.filter(name => OPTIONAL_MODELS.includes(name))
  return optional.length === 0 || optional.some(name => models.includes(name))
}

/** What a candidate agrees to, one by one. */
export const CONSENT_ITEMS = ['camera', 'sound', 'screen', 'identity', 'recording', 'screenRecording', 'evidence'] as const
export type ConsentItem = typeof CONSENT_ITEMS[number]

/** What an exam asks consent for. */
export function consentItems (policy: Policy, examPolicy: ExamPolicy): ConsentItem[] {
  const isOn = (subjects: readonly Subject[]): boolean =>
    subjects.some(subject => SUBJECTS[subject].some(kind => applyPolicy(kind, policy).enabled))
  const asks: Readonly<Record<ConsentItem, boolean>> = {
    camera: examPolicy.watching !== 'none',
    sound: isOn(['voices', 'noise']),
    screen: isOn(['tabs', 'fullscreen', 'screens']),
    identity: examPolicy.identity !== 'off',
    recording: examPolicy.watching !== 'none' && examPolicy.recording !== 'none',
    screenRecording: screenIsRecorded(examPolicy),
    evidence: examPolicy.watching !== 'none' && examPolicy.keepsEvidence
  }
  return CONSENT_ITEMS.filter(item => asks[item])
}

const DAY_MS = 86_400_000

/** The days of a retention in words, as the texts name them. */
const daysIn = (
  language: Language, { recordingDays, dismissedDays, confirmedDays, recordsDays }: Retention
): TextValues => {
  const words = (days: number): string => durationWords(language, days * DAY_MS)
  return {
    recording: words(recordingDays),
    dismissed: words(dismissedDays),
    confirmed: words(confirmedDays),
    records: words(recordsDays)
  }
}

type Say = (group: keyof Texts, keys: readonly string[], values?: TextValues) => Sentence[]

const speaker = (language: Language): Say => (group, keys, values = {}) =>
  keys.map(key => ({ key, text: translate(language, `${group}.${key}` as TextKey, values) }))

const section = (language: Language, key: NoticeSection['key'], ...sentences: readonly Sentence[][]): NoticeSection => ({
  key,
  title: translate(language, `noticeTitles.${key}`),
  sentences: sentences.flat()
})

interface ExamNotice {
  readonly language: Language
  /** As the judge applies it to the reader: with the reader's accommodation. */
  readonly policy: Policy
  readonly examPolicy: ExamPolicy
  /** Of the exam's author; undefined where the account is gone. */
  readonly authorName: string | undefined
  readonly models: readonly string[]
  readonly retention: Retention
}

/** What is watched in one exam, what is not, the rules, who decides, who sees it, how long it is kept. */
export function examNotice (about: ExamNotice): NoticeSection[] {
  const { language, policy, examPolicy, authorName, models, retention } = about
  const say = speaker(language)
  const isWatched = (subject: Subject): boolean => {
    if (subject === 'identity' && examPolicy.identity === 'off') return false
    return SUBJECTS[subject].some(kind => canRun(kind, models) && applyPolicy(kind, policy).enabled)
  }
  const subjects = Object.keys(SUBJECTS) as Subject[]
  const { actions, mayTerminate } = examPolicy
  const recording = examPolicy.watching === 'none' ? 'none' : examPolicy.recording
  const isRecorded = recording !== 'none'
  const recordsScreen = screenIsRecorded(examPolicy)
  const keepsEvidence = examPolicy.watching !== 'none' && examPolicy.keepsEvidence
  const endsByItself = mayTerminate && (actions.medium === 'terminate' || actions.high === 'terminate')
  const author = authorName === undefined ? undefined : { name: authorName }
  return [
    section(
      language,
      'watched',
      say('watched', [
        ...RECORDED[recording],
        ...(recordsScreen ? ['recordedScreen'] : []),
        ...(keepsEvidence ? ['keptEvidence'] : [])
      ]),
      say('watched', subjects.filter(isWatched))
    ),
    section(
      language,
      'notWatched',
      say('notWatched', subjects.filter(subject => !isWatched(subject))),
      say('notWatched', NEVER_WATCHED.filter(key =>
        key === 'recording' ? !(isRecorded || keepsEvidence) : !(recordsScreen && UNLESS_SCREEN.includes(key)))),
      say('notWatched', recordsScreen ? ['screenUnjudged'] : [])
    ),
    section(language, 'rules', conditionSentences(examPolicy, language)),
    section(
      language,
      'decides',
      say('decides', ['reports', 'people', endsByItself ? 'automatic' : 'notAutomatic']),
      author === undefined ? [] : say('decides', ['teacher'], author)
    ),
    section(
      language,
      'seenBy',
      say('seenBy', ['pictures']),
      author === undefined ? say('seenBy', ['staff']) : say('seenBy', ['exam'], author),
      say('seenBy', [...(isRecorded ? ['recording'] : []), ...(keepsEvidence ? ['evidence'] : []), 'you', 'candidates', 'outside'])
    ),
    section(
      language,
      'kept',
      say('kept', [
        ...(isRecorded ? ['recording'] : keepsEvidence ? [] : ['pictures']),
        ...(keepsEvidence ? ['evidence'] : []),
        ...(isRecorded || keepsEvidence ? ['contested'] : []),
        'reports',
        'answers',
        ...(examPolicy.identity === 'off' ? [] : [retention.face === 'exam' ? 'faceOfExam' : 'face'])
      ], daysIn(language, retention)),
      say('kept', ['audit'], { audit: durationWords(language, retention.auditDays * DAY_MS) })
    ),
    section(language, 'rights', say('rights', ['read', 'appeal', 'withdraw', 'object', 'erase']))
  ]
}

interface PrivacyNotice {
  readonly language: Language
  /** How long a login lasts without use. */
  readonly loginMs: number
  readonly models: readonly string[]
  /** What exams keep that do not say otherwise. */
  readonly retention: Retention
}

/** The same for the installation: everything that some exam may watch. */
export function privacyNotice ({ language, loginMs, models, retention }: PrivacyNotice): NoticeSection[] {
  const say = speaker(language)
  const subjects = (Object.keys(SUBJECTS) as Subject[]).filter(subject =>
    SUBJECTS[subject].some(kind => canRun(kind, models))
  )
  return [
    section(language, 'watched', say('watched', subjects), say('watched', ['screenOfSome'])),
    section(language, 'notWatched', say('notWatched', ['words', 'emotions', 'typingUnlessScreen', 'computerUnlessScreen'])),
    section(language, 'decides', say('decides', ['reports', 'people'])),
    section(language, 'seenBy', say('seenBy', ['pictures', 'staff', 'you', 'candidates', 'outside'])),
    section(
      language,
      'kept',
      say(
        'kept',
        [
          'pictures', 'recording', 'someEvidence', 'contested', 'reports', 'answers',
          retention.face === 'exam' ? 'faceOfExam' : 'face'
        ],
        daysIn(language, retention)
      ),
      say('kept', ['audit'], { audit: durationWords(language, retention.auditDays * DAY_MS) }),
      say('kept', ['login'], { time: durationWords(language, loginMs) })
    ),
    section(language, 'rights', say('rights', ['read', 'face', 'object', 'erase']))
  ]
}
