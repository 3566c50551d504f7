import { defined } from '../../lib/defined.ts'
import type { FieldProblem } from '../errors.ts'

/** A JSON object whose fields are still to be checked. */
export type Fields = Readonly<Record<string, unknown>>

/** So many problems are named; the rest of a hopeless file is left out. */
const PROBLEMS_MAX = 20

/**
 * Reads values from outside one by one and notes what is wrong with which. A value that is wrong is read as something
 * of the right type, so that reading goes on; what was read counts only when `problems` stays empty.
 */
export class Check {
  readonly problems: FieldProblem[] = []

  addProblem (field: string, problem: FieldProblem['problem'], values?: FieldProblem['values']): void {
    if (this.problems.length < PROBLEMS_MAX) {
      this.problems.push({ field: field === '' ? 'body' : field, problem, ...defined({ values }) })
    }
  }

  /** An object with no other fields than those named. */
  object (place: string, value: unknown, known: readonly string[]): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#missing(place, value, 'object')
      return {}
    }
    for (const field of Object.keys(value)) if (!known.includes(field)) this.addProblem(inside(place, field), 'unknown')
    return value as Fields
  }

  list (place: string, value: unknown, [min, max]: readonly [number, number]): readonly unknown[] {
    if (!Array.isArray(value)) {
      this.#missing(place, value, 'array')
      return []
    }
    if (value.length < min) this.addProblem(place, 'minimum', { limit: min })
    if (value.length <= max) return value
    this.addProblem(place, 'maximum', { limit: max })
    return []
  }

  /** Lengths in UTF-16 units; a text of spaces alone is empty. */
  text (place: string, value: unknown, [min, max]: readonly [number, number]): string {
    if (typeof value !== 'string') {
      this.#missing(place, value, 'string')
      return ''
    }
    if (value.trim().length < min) this.addProblem(place, 'minLength', { limit: min })
    if (value.length > max) this.addProblem(place, 'maxLength', { limit: max })
    return value
  }

  number (
    place: string,
    value: unknown,
    [min, max]: readonly [number, number],
    type: 'number' | 'integer' = 'number'
  ): number {
    if (typeof value !== 'number' || !Number.isFinite(value) || (type === 'integer' && !Number.isInteger(value))) {
      this.#missing(place, value, type)
      return 0
    }
    if (value < min) this.addProblem(place, 'minimum', { limit: min })
    if (value > max) this.addProblem(place, 'maximum', { limit: max })
    return value
  }

  flag (place: string, value: unknown): boolean {
    if (typeof value === 'boolean') return value
    this.#missing(place, value, 'boolean')
    return false
  }

  oneOf<T extends string> (place: string, value: unknown, values: readonly [T, ...T[]]): T {
    const found = values.find(one => one === value)
    if (found === undefined) {
      this.addProblem(
        place,
        value === undefined ? 'required' : 'enum',
        value === undefined ? undefined : { values: values.join(', ') }
      )
    }
    return found ?? values[0]
  }

  /** `read` where there is a value, else undefined. */
  optional<T> (value: unknown, read: (value: unknown) => T): T | undefined {
    return value === undefined ? undefined : read(value)
  }

  #missing (place: string, value: unknown, type: string): void {
    if (value === undefined) this.addProblem(place, 'required')
    else this.addProblem(place, 'type', { type })
  }
}

/** `questions.3` and `text` make `questions.3.text`. */
export function inside (place: string, field: string | number): string {
  return place === '' ? String(field) : `${place}.${field}`
}
