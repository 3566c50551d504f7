import AjvCompiler from '@fastify/ajv-compiler'
import SerializerCompiler from '@fastify/fast-json-stringify-compiler'
import type { FastifyServerOptions } from 'fastify'

/** The `schemaController` option of Fastify. */
export type SchemaCompilers = NonNullable<FastifyServerOptions['schemaController']>

/**
 * Fastify's own compilers of validators and serializers, which compile each schema once for all applications that share
 * them. A test file builds many applications, and their schemas are the same. Texts for readers do not count.
 */
export function createSchemaCompilers (): SchemaCompilers {
  const buildValidator = AjvCompiler()
  const buildSerializer = SerializerCompiler()
  return {
    compilersFactory: {
      buildValidator: once(buildValidator),
      buildSerializer: once(buildSerializer)
    }
  } as SchemaCompilers
}

type Compile = (route: { readonly schema: unknown }) => unknown
type Build = (externalSchemas: object, options: object) => Compile

/** Keeps what was compiled, by the text of the schema. Schemas that refer to others are compiled each time. */
function once (build: unknown): Build {
  const compiled = new Map<string, unknown>()
  return (externalSchemas, options) => {
    const compile = (build as Build)(externalSchemas, options)
    if (Object.keys(externalSchemas).length > 0) return compile
    return route => {
      const key = JSON.stringify(route.schema, withoutNotes)
      const found = compiled.get(key) ?? compile(route)
      compiled.set(key, found)
      return found
    }
  }
}

/** Leaves out texts for readers. A property of that name is an object, and stays. */
function withoutNotes (name: string, value: unknown): unknown {
  return (name === 'description' && typeof value === 'string') || (name === 'examples' && Array.isArray(value))
    ? undefined
    : value
}
