/**
 * Values of query strings and forms arrive as text. Here the text becomes what the schema asks for; JSON bodies say
 * their types themselves, so nothing converts them.
 */

/** What this module reads of a JSON schema. */
export interface SchemaNode {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
}

/** A decimal number. No blanks, no `0x`, no `Infinity`: what a person would not read as a number is none. */
const DECIMAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i

/**
 * Converts the fields of a query or form in place: texts to numbers, booleans and lists. What does not fit stays as it
 * is.
 */
export function convertTexts (schema: SchemaNode, fields: Record<string, unknown>): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (Object.hasOwn(fields, name)) fields[name] = convert(property, fields[name])
  }
}

function convert (schema: SchemaNode, given: unknown): unknown {
  const types = [schema.type ?? []].flat()
  if (types.includes('array')) return [given].flat().map(item => convert(schema.items ?? {}, item))
  if (typeof given !== 'string') return given
  if ((types.includes('number') || types.includes('integer')) && DECIMAL.test(given)) return Number(given)
  if (types.includes('boolean') && (given === 'true' || given === 'false')) return given === 'true'
  return given
}

/** Ids in the form in which they are stored: a UUID means the same in capitals. Changes objects and lists in place. */
export function lowerIds (schema: SchemaNode, value: unknown): unknown {
  if (typeof value === 'string') return schema.format === 'uuid' ? value.toLowerCase() : value
  if (Array.isArray(value)) {
    if (schema.items !== undefined) {
      for (const [index, item] of value.entries()) value[index] = lowerIds(schema.items, item)
    }
    return value
  }
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Record<string, unknown>
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (Object.hasOwn(fields, name)) fields[name] = lowerIds(property, fields[name])
  }
  return fields
}
