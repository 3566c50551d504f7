/** The texts of the pages in one language, so that tests find elements by what a reader of that language sees. */
import { en as accountEn } from '../../web/src/account/text.en.ts'
import { bn as accountBn } from '../../web/src/account/text.bn.ts'
import { en as adminEn } from '../../web/src/admin/text.en.ts'
import { bn as adminBn } from '../../web/src/admin/text.bn.ts'
import { en as listEn } from '../../web/src/candidate/list-text.en.ts'
import { bn as listBn } from '../../web/src/candidate/list-text.bn.ts'
import { en as roomEn } from '../../web/src/candidate/room/text.en.ts'
import { bn as roomBn } from '../../web/src/candidate/room/text.bn.ts'
import { en as candidateEn } from '../../web/src/candidate/text.en.ts'
import { bn as candidateBn } from '../../web/src/candidate/text.bn.ts'
import { en as proctorEn } from '../../web/src/proctor/text.en.ts'
import { bn as proctorBn } from '../../web/src/proctor/text.bn.ts'
import { en as marksEn } from '../../web/src/teacher/marks/text.en.ts'
import { bn as marksBn } from '../../web/src/teacher/marks/text.bn.ts'
import { en as peopleEn } from '../../web/src/teacher/people/text.en.ts'
import { bn as peopleBn } from '../../web/src/teacher/people/text.bn.ts'
import { en as questionsEn } from '../../web/src/teacher/questions/text.en.ts'
import { bn as questionsBn } from '../../web/src/teacher/questions/text.bn.ts'
import { en as teacherEn } from '../../web/src/teacher/text.en.ts'
import { bn as teacherBn } from '../../web/src/teacher/text.bn.ts'
import { en as commonEn } from '../../web/src/text/en.ts'
import { bn as commonBn } from '../../web/src/text/bn.ts'

export type PageLanguage = 'en' | 'bn'
type Values = Readonly<Record<string, string | number>>

export interface PageWords {
  readonly language: PageLanguage
  number (value: number): string
  readonly common: Words<keyof typeof commonEn>
  readonly account: Words<keyof typeof accountEn>
  /** The running exam's words among them. */
  readonly candidate: Words<keyof typeof candidateEn | keyof typeof roomEn>
  readonly list: Words<keyof typeof listEn>
  readonly teacher: Words<keyof typeof teacherEn>
  readonly questions: Words<keyof typeof questionsEn>
  readonly people: Words<keyof typeof peopleEn>
  readonly marks: Words<keyof typeof marksEn>
  readonly proctor: Words<keyof typeof proctorEn>
  readonly admin: Words<keyof typeof adminEn>
}
type Words<Key extends string> = (key: Key, values?: Values) => string

/** Values that are numbers are written as the language writes them; `{{…}}` without a value stays for `pattern`. */
export function pageWords (language: PageLanguage): PageWords {
  const format = new Intl.NumberFormat(language)
  const number = (value: number): string => format.format(value)
  const lookup = <Key extends string>(
    en: Readonly<Record<Key, string>>,
    bn: Readonly<Record<Key, string>>
  ): Words<Key> => (key, values = {}) =>
      (language === 'en' ? en : bn)[key].replace(/\{\{(\w+)\}\}/g, (place, name: string) => {
        const value = values[name]
        return value === undefined ? place : typeof value === 'number' ? number(value) : value
      })
  return {
    language,
    number,
    common: lookup(commonEn, commonBn),
    account: lookup(accountEn, accountBn),
    candidate: lookup({ ...candidateEn, ...roomEn }, { ...candidateBn, ...roomBn }),
    list: lookup(listEn, listBn),
    teacher: lookup(teacherEn, teacherBn),
    questions: lookup(questionsEn, questionsBn),
    people: lookup(peopleEn, peopleBn),
    marks: lookup(marksEn, marksBn),
    proctor: lookup(proctorEn, proctorBn),
    admin: lookup(adminEn, adminBn)
  }
}

/** Matches the text with anything in the places that have no value yet. */
export const pattern = (text: string): RegExp =>
  new RegExp(text.split(/\{\{\w+\}\}/).map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+'))
