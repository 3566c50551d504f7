import t from 'tap'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import { EVENT_KINDS } from '../../../detection/types.ts'
import { DEFAULT_EXAM_POLICY, PRESET_NAMES, SERVER_RETENTION, type ExamPolicy } from '../../../src/policy/exam-policy.ts'
import { loadConfig } from '../../../src/config.ts'
import { retentionOf } from '../../../src/policy/retention.ts'
import { examNotice, privacyNotice, SUBJECTS, WITHOUT_SUBJECT } from '../../../src/policy/notice.ts'
import { presetsInWords, rulesInWords } from '../../../src/policy/rule-words.ts'
import { accommodate } from '../../../detection/events/accommodations.ts'

const RETENTION = retentionOf(DEFAULT_EXAM_POLICY, loadConfig({}).retention)
const MODELS = ['faceShort', 'spoofV2', 'yolox_nano', 'speaker']
const notice = (about: {
  readonly policy?: Partial<typeof DEFAULT_POLICY>
  readonly exam?: Partial<ExamPolicy>
  readonly models?: readonly string[]
  readonly authorName?: string
} = {}) => {
  const sections = examNotice({
    language: 'en',
    policy: { ...DEFAULT_POLICY, ...about.policy },
    examPolicy: { ...DEFAULT_EXAM_POLICY, ...about.exam },
    authorName: about.authorName,
    models: about.models ?? MODELS,
    retention: RETENTION
  })
  return Object.fromEntries(sections.map(({ key, sentences }) => [key, sentences.map(sentence => sentence.key)]))
}

t.test('every kind of event belongs to one subject of the notice, or stands among those without one', async t => {
  t.same([...Object.values(SUBJECTS).flat(), ...WITHOUT_SUBJECT].sort(), [...EVENT_KINDS].sort())
})

t.test('each subject is either watched or not, as the rules of the exam are', async t => {
  const usual = notice({ exam: { identity: 'noted' } })
  t.same(usual['watched'], Object.keys(SUBJECTS))
  t.same(usual['notWatched'], ['recording', 'words', 'emotions', 'typing', 'computer'])

  const rules = {
    looking_away: { enabled: false },
    eye_movement: { enabled: false },
    phone: { enabled: false },
    forbidden_object: { enabled: false }
  }
  const half = notice({ policy: { rules } })
  t.ok(half['watched']!.includes('gaze'), 'closed eyes are still reported')
  t.notOk(half['watched']!.includes('objects'))
  t.match(half['notWatched']!.slice(0, 2), ['objects', 'identity'], 'and the face is not compared by default')

  const granted = notice({ policy: accommodate(DEFAULT_POLICY, { gazeFree: true, speech: true }) })
  t.match(granted['notWatched'], ['gaze', 'mouth', 'identity', 'voices', 'speakers'])
  t.ok(notice({ models: ['faceShort'] })['notWatched']!.includes('liveness'), 'no model for it')
  t.ok(notice({ models: ['faceShort'] })['notWatched']!.includes('speakers'), 'no speaker encoder')
})

t.test('an exam that records the screen says so, and not that other programs are unseen', async t => {
  const screen = notice({ exam: { recording: 'full', recordsScreen: true } })
  t.match(screen['watched']!.slice(0, 2), ['recordedFull', 'recordedScreen'])
  t.same(screen['notWatched']!.slice(-3), ['words', 'emotions', 'screenUnjudged'])
  for (const exam of [{ recording: 'incidents' }, { recording: 'full', watching: 'none' }] as const) {
    const other = notice({ exam: { ...exam, recordsScreen: true } })
    t.notOk(other['watched']!.includes('recordedScreen'))
    t.ok(other['notWatched']!.includes('computer'))
  }
})

t.test('the notice says who decides and who sees it', async t => {
  t.match(notice()['decides'], ['reports', 'people', 'notAutomatic'])
  const actions = { medium: 'none', high: 'terminate' } as const
  t.match(notice({ exam: { actions, mayTerminate: true } })['decides'], ['reports', 'people', 'automatic'])
  t.match(notice({ exam: { actions, mayTerminate: false } })['decides'], ['reports', 'people', 'notAutomatic'])
  const named = notice({ authorName: 'Ayesha' })
  t.match(named['decides'], ['reports', 'people', 'notAutomatic', 'teacher'])
  t.match(named['seenBy'], ['pictures', 'exam', 'you'])
  t.match(notice()['seenBy'], ['pictures', 'staff', 'you'])
})

t.test('the notice of the installation names how long a login lasts, in both languages', async t => {
  const login = (language: 'en' | 'bn') =>
    privacyNotice({ language, loginMs: 604_800_000, models: MODELS, retention: RETENTION })
      .flatMap(({ sentences }) => sentences)
      .find(({ key }) => key === 'login')?.text
  t.match(login('en'), /for 7 days without use/)
  t.match(login('bn'), /7 দিন/)
})

t.test('the notice says for how long things are kept, in both languages', async t => {
  const examPolicy = {
    ...DEFAULT_EXAM_POLICY, recording: 'full' as const, retention: { ...SERVER_RETENTION, recordingDays: 60 }
  }
  const retention = retentionOf(examPolicy, loadConfig({}).retention)
  for (const [language, days] of [['en', /deleted 60 days after/], ['bn', /60 দিন পরে/]] as const) {
    const kept = examNotice({
      language, policy: DEFAULT_POLICY, examPolicy, authorName: undefined, models: [], retention
    }).find(({ key }) => key === 'kept')!.sentences
    t.match(kept.find(({ key }) => key === 'recording')!.text, days)
    t.notMatch(kept.map(({ text }) => text).join(), /\{\{|undefined/)
  }
})

t.test('every rule has a title, what it does, a limit and an effect in both languages', async t => {
  const [english, bangla] = [rulesInWords('en'), rulesInWords('bn')]
  t.same(english.map(({ kind }) => kind), EVENT_KINDS)
  for (const [index, rule] of english.entries()) {
    const other = bangla[index]!
    for (const field of ['title', 'text', 'limit', 'effect'] as const) {
      t.match(rule[field], /^[A-Z].{5,}/, `${rule.kind} ${field}`)
      t.match(other[field], /[\u0980-\u09ff]/, `${rule.kind} ${field} in Bangla`)
      t.notMatch(`${rule[field]}${other[field]}`, /\{\{|undefined|NaN/, rule.kind)
    }
  }
  const byKind = Object.fromEntries(english.map(rule => [rule.kind, rule]))
  t.equal(byKind['face_missing']!.limit, 'Reported when it lasts 2.5 seconds or longer.')
  t.equal(byKind['voice']!.limit, 'Reported after 1.5 seconds of speech within 4 seconds.')
  t.equal(byKind['phone']!.effect, 'Each incident adds 4 to the risk score.')
  t.equal(byKind['tab_switch']!.limit, 'Reported by the exam page as soon as it happens.')
  t.match(byKind['looking_away'], {
    defaults: { enterMs: 3000 },
    limits: [{ name: 'sightYawDegrees', value: 28 }, {}, {}, {}, {}, {}]
  })
  t.same(byKind['phone']!.labels, ['cell phone'])
  t.same(presetsInWords('en').map(({ name }) => name), PRESET_NAMES)
})

t.test('nothing that is judged or set is about emotions, stress or a look around the room', async t => {
  const names = [...EVENT_KINDS, ...Object.keys(DEFAULT_POLICY), ...Object.keys(DEFAULT_EXAM_POLICY)]
  t.same(names.filter(name => /emotion|stress|nervous|attenti|mood|room.?scan/i.test(name)), [])
})
