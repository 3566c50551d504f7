/** A report as the PDF shows it: headings, lines and tables in the reader's language. The template adds no words. */
import { translate, type Language, type TextValues } from '../i18n/translate.ts'
import type { Texts } from '../i18n/en.ts'
import type { ReportDraft } from './read-report.ts'

export interface PrintedSection {
  readonly heading: string
  readonly lines: readonly string[]
  readonly facts: ReadonlyArray<readonly [string, string]>
  readonly table: {
    /** Widths of the columns in parts of the whole. */
    readonly parts: readonly number[]
    readonly head: readonly string[]
    readonly rows: ReadonlyArray<readonly string[]>
  } | null
}

export interface Printed {
  readonly language: Language
  readonly title: string
  readonly lead: string
  readonly footer: string
  readonly sections: readonly PrintedSection[]
  /** What the worker fills in behind the last section. */
  readonly check: {
    readonly sha256: string
    readonly entries: string
    readonly head: string
  }
}

type Word = keyof Texts['signedReport']

export function printReport (report: ReportDraft): Printed {
  const { language, issuer, session, attempt, appeal } = report
  const say = (key: Word, values: TextValues = {}): string => translate(language, `signedReport.${key}`, values)
  const locale = language === 'bn' ? 'bn-BD' : 'en-GB'
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })
  const digits = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const time = (ms: number | null): string => ms === null ? '–' : moment.format(ms)
  const number = (value: number | null): string => value === null ? say('notEnough') : digits.format(value)
  const section = (heading: Word, parts: Partial<Omit<PrintedSection, 'heading'>>): PrintedSection =>
    ({ heading: say(heading), lines: [], facts: [], table: null, ...parts })
  const { all, remaining } = report.scores

  const sections = [
    section('about', {
      facts: [
        [say('candidate'), report.candidate.name],
        [say('exam'), report.exam?.title ?? say('noExam')],
        ...(attempt === null
          ? []
          : [[say('attempt'), number(attempt.number)], [say('handedIn'), time(attempt.submittedAtMs)]] as const),
        [say('started'), time(session.startedAtMs)],
        [say('ended'), time(session.endedAtMs)],
        [say('issued'), time(report.issuedAtMs)],
        [say('number'), report.id]
      ]
    }),
    section('decision', {
      lines: report.decision === null
        ? [say(report.state === 'unreviewed' ? 'state.unreviewed' : 'state.in_review')]
        : [say(`decision.${report.decision}`)],
      facts: report.decisions.map(({ step, decision, reason, by, atMs }) => [
        say(`step.${step}`),
        say('decided', {
          decision: say(`decision.${decision}`), name: by ?? say('someone'), time: time(atMs), reason
        })
      ])
    }),
    section('scores', {
      table: {
        parts: [1, 2, 2],
        head: ['', say('withAll'), say('withoutDismissed')],
        rows: [
          [say('risk'), number(all.riskScore), number(remaining.riskScore)],
          [say('trust'), number(all.trustScore), number(remaining.trustScore)],
          [say('compliance'), number(all.complianceScore), number(remaining.complianceScore)]
        ]
      },
      facts: [[
        say('seen'),
        report.coverage.seenPercent === null
          ? say('notEnough')
          : say('percent', { value: number(report.coverage.seenPercent) })
      ]]
    }),
    section('incidents', report.incidents.length === 0
      ? { lines: [say('noIncidents')] }
      : {
          table: {
            parts: [3, 3, 3, 5],
            head: [say('when'), say('what'), say('judgment'), say('reason')],
            rows: report.incidents.map(({ startedAtMs, title, state, reason, isWithoutEvidence, comments }) => [
              time(startedAtMs),
              title,
              isWithoutEvidence ? say('withoutEvidence') : say(`incident.${state}`),
              [reason ?? '', ...comments.map(({ text, atMs }) => say('comment', { time: time(atMs), text }))]
                .filter(Boolean).join('\n')
            ])
          }
        }),
    section('appeal', {
      lines: appeal === null
        ? [say('noAppeal')]
        : [
            say('appealText', { time: time(appeal.openedAtMs), text: appeal.text }),
            ...(appeal.answer === null
              ? []
              : [say('appealAnswer', { time: time(appeal.answeredAtMs), text: appeal.answer })]),
            appeal.reason === null
              ? say(`appeal.${appeal.state}`)
              : say('appealReason', {
                outcome: say(`appeal.${appeal.state}`), time: time(appeal.closedAtMs), reason: appeal.reason
              })
          ]
    }),
    section('consent', {
      lines: report.consents.length === 0
        ? [say('noConsent')]
        : report.consents.flatMap(({ items, givenAtMs, withdrawnAtMs, noticeSha256: hash }) => {
          const agreed = Object.keys(items).filter(item => items[item] === true)
          const names = agreed.map(item => say(`item.${item}` as Word)).join(', ')
          return [
            say('consentGiven', { time: time(givenAtMs), items: names, hash }),
            ...(withdrawnAtMs === null ? [] : [say('consentWithdrawn', { time: time(withdrawnAtMs) })])
          ]
        })
    }),
    section('views', report.views.length === 0
      ? { lines: [say('noViews')] }
      : {
          table: {
            parts: [3, 3, 5],
            head: [say('when'), say('who'), say('what')],
            rows: report.views.map(({ what, role, atMs }) => [time(atMs), say(`role.${role}`), say(`view.${what}`)])
          }
        }),
    section('rules', {
      lines: [...(report.policy.isChangedSince ? [say('rulesChanged')] : []), ...report.policy.conditions],
      table: {
        parts: [2, 4, 3, 2],
        head: [say('rule'), say('what'), say('limit'), say('effect')],
        rows: report.policy.rules.map(({ title, text, limit, effect }) => [title, text, limit, effect])
      }
    }),
    section('check', {
      lines: [say('checkFile'), say('checkHow'), say('checkKeys')],
      facts: [[say('key'), issuer.isSelfIssued ? `${issuer.kid} (${say('selfIssued')})` : issuer.kid]]
    })
  ]
  return {
    language,
    title: say('title'),
    lead: say('lead'),
    footer: `Invigil ${issuer.version} · ${report.id}`,
    sections,
    check: { sha256: say('sha256'), entries: say('entries'), head: say('head') }
  }
}
