import { Type } from 'typebox'
import { SIGNUP_MODES } from '../../config.ts'
import { closed } from '../schemas.ts'

export const FirstRunAnswer = Type.Object(
  {
    hasAdmin: Type.Boolean({ description: 'An admin has logged in. false: this installation is new' }),
    signup: Type.Enum(SIGNUP_MODES, { description: 'Who may create an account' })
  },
  { examples: [{ hasAdmin: false, signup: 'open' }] }
)

export const LanguageQuery = closed({ lang: Type.Optional(Type.String({ maxLength: 20 })) })

/** A text for people that programs know by its key. */
export const SentenceSchema = Type.Object({
  key: Type.String({ description: 'The same in every language', examples: ['gaze'] }),
  text: Type.String({ description: "In the reader's language" })
})

export const NoticeSectionSchema = Type.Object({
  key: Type.Enum(['watched', 'notWatched', 'rules', 'decides', 'seenBy', 'kept', 'rights'] as const),
  title: Type.String({ examples: ['What is watched'] }),
  sentences: Type.Array(SentenceSchema)
})

export const PrivacyAnswer = Type.Object({
  language: Type.Enum(['en', 'bn'] as const),
  sections: Type.Array(NoticeSectionSchema)
})
