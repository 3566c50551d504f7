/**
 * Aiken: the question, choices `A. …` in the order of the alphabet, and `ANSWER: B`. Each line is understood as one of
 * these or named as not understood.
 */
import { Findings, type ReadFile } from './types.ts'

const CHOICE = /^([A-Z])[.)]\s+(\S.*)$/
const ANSWER = /^ANSWER:\s*(.*)$/

/** A question while its lines are read. */
interface Reading {
  readonly line: number
  readonly texts: string[]
  readonly choices: string[]
  /** Something in it was not understood and has been named. */
  isBroken: boolean
}

export function readAiken (text: string): ReadFile {
  const findings = new Findings()
  let reading: Reading | undefined
  let isAfterBlank = true

  const giveUp = (): void => {
    if (reading !== undefined && !reading.isBroken) {
      findings.problem(reading.line, reading.choices.length === 0 ? 'noChoices' : 'aikenNoAnswer')
    }
    reading = undefined
  }

  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = index + 1
    const content = raw.trim()
    if (content === '') {
      isAfterBlank = true
      continue
    }
    const choice = CHOICE.exec(content)
    const answer = ANSWER.exec(content)
    if (answer !== null) {
      if (reading === undefined) findings.problem(line, 'line', { text: content.slice(0, 60) })
      else if (!reading.isBroken) finish(findings, reading, line, answer[1]!)
      reading = undefined
    } else if (choice !== null && reading !== undefined) {
      const expected = String.fromCharCode(65 + reading.choices.length)
      if (choice[1] === expected) reading.choices.push(choice[2]!)
      else if (!reading.isBroken) {
        findings.problem(line, 'aikenOrder', { letter: choice[1]!, expected })
        reading.isBroken = true
      }
    } else if (choice !== null) {
      findings.problem(line, 'noText')
      reading = { line, texts: [], choices: [choice[2]!], isBroken: true }
    } else if (reading !== undefined && !isAfterBlank && reading.choices.length === 0) reading.texts.push(content)
    else if (reading !== undefined && !isAfterBlank) {
      if (!reading.isBroken) findings.problem(line, 'line', { text: content.slice(0, 60) })
      reading.isBroken = true
    } else {
      giveUp()
      reading = { line, texts: [content], choices: [], isBroken: false }
    }
    isAfterBlank = false
  }
  giveUp()
  return findings
}

function finish (findings: Findings, { line, texts, choices }: Reading, answerLine: number, answer: string): void {
  if (choices.length < 2) return findings.problem(line, 'noChoices')
  const right = /^[A-Z]$/.test(answer) ? answer.charCodeAt(0) - 65 : -1
  if (right < 0 || right >= choices.length) return findings.problem(answerLine, 'aikenAnswer', { answer: answer.slice(0, 60) })
  findings.drafts.push({
    line,
    value: { kind: 'single', text: texts.join('\n'), body: { choices, correct: String.fromCharCode(97 + right) } }
  })
}
