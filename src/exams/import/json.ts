import { brokenBound, DEPTH_MAX } from '../../bodies/json-shape.ts'
import { Findings, type ReadFile } from './types.ts'

/** Five hundred questions of fifty choices each have some 80,000 values. */
const ELEMENTS_MAX = 100_000

/** A list of questions, an object with `questions`, or the file of a whole exam, of which the questions are taken. */
export function readJson (text: string): ReadFile {
  const findings = new Findings()
  if (brokenBound(Buffer.from(text), { depthMax: DEPTH_MAX, elementsMax: ELEMENTS_MAX }) !== undefined) {
    findings.problem(1, 'root')
    return findings
  }
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length)
    findings.problem(text.slice(0, position).split('\n').length, 'syntax', { problem: message.slice(0, 200) })
    return findings
  }
  const questions: unknown = Array.isArray(file) ? file : (file as { readonly questions?: unknown } | null)?.questions
  if (!Array.isArray(questions)) {
    findings.problem(1, 'root')
    return findings
  }
  const lines = linesOfElements(text, Array.isArray(file) ? 1 : 2)
  for (const [index, value] of questions.entries()) {
    findings.drafts.push({ line: lines[index] ?? 1, value: value as Readonly<Record<string, unknown>> })
  }
  return findings
}

/** The lines on which the objects begin that stand in a list at that depth: the questions. */
function linesOfElements (text: string, depthOfList: number): number[] {
  const starts: number[] = []
  const open: string[] = []
  let line = 1
  let isText = false
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!
    if (sign === '\n') line++
    else if (isText) {
      if (sign === '\\') at++
      else if (sign === '"') isText = false
    } else if (sign === '"') isText = true
    else if (sign === '{' || sign === '[') {
      if (sign === '{' && open.length === depthOfList && open.at(-1) === '[') starts.push(line)
      open.push(sign)
    } else if (sign === '}' || sign === ']') open.pop()
  }
  return starts
}
