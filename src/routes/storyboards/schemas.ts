import { Type } from 'typebox'
import { closed, IdSchema, TimeSchema } from '../schemas.ts'

export const SheetIdParams = closed({ sheetId: IdSchema })

export const StoryboardAnswer = Type.Object({
  sheets: Type.Array(
    Type.Object({
      id: IdSchema,
      recordingId: IdSchema,
      startedAtMs: { ...TimeSchema, description: 'When its first picture was captured' },
      offsetsMs: Type.Array(Type.Integer(), {
        description: 'Of each picture, row by row from the top left: milliseconds after the first'
      }),
      columns: Type.Integer({ description: 'Pictures in a row' }),
      tileWidth: Type.Integer({ description: 'Of one picture, in pixels of the sheet' }),
      tileHeight: Type.Integer(),
      bytes: Type.Integer(),
      sha256: Type.String({ description: 'Of the file, in hexadecimal digits' })
    }),
    { description: 'In the order of their times' }
  )
})
