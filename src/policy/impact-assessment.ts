/**
 * The data protection impact assessment (Art. 35 GDPR) of one exam, as Markdown: what the program knows from the exam's
 * settings, and marked lines for what the institution must decide.
 */
import type { Policy } from '../../detection/events/policy.ts'
import type { Texts } from '../i18n/en.ts'
import { translate, type Language, type TextKey, type TextValues } from '../i18n/translate.ts'
import { durationWords } from './conditions.ts'
import { screenIsRecorded, type ExamPolicy } from './exam-policy.ts'
import { consentItems, type NoticeSection } from './notice.ts'
import type { Retention } from './retention.ts'
import { policyInWords } from './rule-words.ts'

export interface AssessedExam {
  readonly language: Language
  readonly title: string
  readonly policyVersion: number
  readonly policy: Policy
  readonly examPolicy: ExamPolicy
  readonly authorName: string | undefined
  /** Assigned candidates; undefined where anyone may take the exam. */
  readonly candidates: number | undefined
  /** What candidates read before they agree. */
  readonly notice: readonly NoticeSection[]
  readonly retention: Retention
  readonly atMs: number
}

const DAY_MS = 86_400_000
const COVERAGE = { none: 'coverageNone', wanted: 'coverageWanted', required: 'coverageRequired' } as const
const RECORDING = { none: 'recordingNone', incidents: 'recordingIncidents', full: 'recordingFull' } as const

/** A title holds whatever its author typed: none of it is Markdown. */
const plain = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>()#+!|~-]/g, '\\$&')
const list = (lines: readonly string[]): string => lines.map(line => `- ${line}`).join('\n')
const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ')
const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.map(cell).join(' | ')} |`).join('\n')

export function impactAssessment (exam: AssessedExam): string {
  const { language, policy, examPolicy, notice } = exam
  const say = <Group extends keyof Texts>(group: Group, key: keyof Texts[Group] & string, values: TextValues = {}) =>
    translate(language, `${group}.${key}` as TextKey, values)
  const heading = (key: keyof Texts['impactTitles']): string => `## ${say('impactTitles', key)}`
  const ask = (...keys: ReadonlyArray<keyof Texts['impactAsk']>): string =>
    list(keys.map(key => `**${say('impact', 'toFill')}:** ${say('impactAsk', key)}`))
  const column = (key: keyof Texts['impactColumns']): string => say('impactColumns', key)
  const consents = consentItems(policy, examPolicy)
  const title = plain(exam.title)
  const date = new Date(exam.atMs).toISOString().slice(0, 10)
  return [
    `# ${say('impact', 'title', { exam: title })}`,
    say('impact', 'made', { date, version: exam.policyVersion }),
    heading('processing'),
    list(facts(exam, title, say)),
    heading('told'),
    ...notice.flatMap(section => [`### ${section.title}`, list(section.sentences.map(({ text }) => text))]),
    ...(consents.length === 0
      ? []
      : [heading('consents'), list(consents.map(item => say('consentItems', item)))]),
    heading('rules'),
    table(
      [column('rule'), column('reports'), column('when'), column('effect')],
      policyInWords(policy, language).map(rule => [rule.title, rule.text, rule.limit, rule.effect])
    ),
    heading('never'),
    list((['emotions', 'roomScan', 'verdict', 'training'] as const).map(key => say('impactNever', key))),
    heading('necessity'),
    ask('basis', 'lighter', 'alternative', 'test'),
    heading('risks'),
    table([column('risk'), column('measures')], risks(exam, say)),
    heading('sign'),
    ask('views', 'officer', 'decision')
  ].join('\n\n') + '\n'
}

type Say = <Group extends keyof Texts>(group: Group, key: keyof Texts[Group] & string, values?: TextValues) => string

function facts ({ examPolicy, authorName, candidates }: AssessedExam, title: string, say: Say): string[] {
  const { watching, recording, keepsEvidence, identity } = examPolicy
  const isWatched = watching !== 'none'
  return [
    say('impactFacts', 'purpose', { exam: title }),
    ...(authorName === undefined ? [] : [say('impactFacts', 'author', { name: plain(authorName) })]),
    candidates === undefined ? say('impactFacts', 'open') : say('impactFacts', 'candidates', { n: candidates }),
    say('impactFacts', COVERAGE[watching]),
    say('impactFacts', RECORDING[isWatched ? recording : 'none']),
    say('impactFacts', 'screenRecorded', { kept: say('impact', screenIsRecorded(examPolicy) ? 'yes' : 'no') }),
    say('impactFacts', 'evidence', { kept: say('impact', isWatched && keepsEvidence ? 'yes' : 'no') }),
    say('impactFacts', 'biometric', { name: say('impactFacts', identity === 'off' ? 'biometricOff' : 'biometricOn') })
  ]
}

/** Each risk with what this exam's settings do about it. */
function risks ({ language, examPolicy, retention }: AssessedExam, say: Say): string[][] {
  const { actions, mayTerminate, reviewers, appealDays, breaks, identity } = examPolicy
  const endsByItself = mayTerminate && (actions.medium === 'terminate' || actions.high === 'terminate')
  const days = (count: number): string => durationWords(language, count * DAY_MS)
  const measure = (key: keyof Texts['impactMeasures'], values: TextValues = {}): string =>
    say('impactMeasures', key, values)
  const row = (risk: keyof Texts['impactRisks'], ...measures: readonly string[]): string[] =>
    [say('impactRisks', risk), measures.join(' ')]
  return [
    row('falseReport', measure('explained'), measure('reviewers', { n: reviewers }), measure('appeal', { n: appealDays })),
    row('unequal', measure('accuracy'), measure('accommodation')),
    row('automatic', measure(endsByItself ? 'endsByItself' : 'peopleEnd')),
    row('disclosure', measure('access'), measure('encrypted')),
    row('keptTooLong', measure('retention', {
      recording: days(retention.recordingDays),
      dismissed: days(retention.dismissedDays),
      confirmed: days(retention.confirmedDays),
      records: days(retention.recordsDays),
      audit: days(retention.auditDays)
    })),
    row('pressure', measure('practice'), measure('breaks', { n: breaks.max })),
    ...(identity === 'off' ? [] : [row('face', measure('numbers'))])
  ]
}
