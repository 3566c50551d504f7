import t from 'tap'
import { foldText, isSameText } from '../../../src/exams/fold.ts'

t.test('two spellings of one answer are equal', t => {
  const cases: ReadonlyArray<readonly [string, string, string]> = [
    ['isolates', '\u2066Dhaka\u2069', 'Dhaka'],
    ['Arabic letter mark', '\u061Cمرحبا', 'مرحبا'],
    ['soft hyphen', 'Donau\u00ADdampf', 'Donaudampf'],
    ['variation selectors', '☀\uFE0F', '☀\uFE0E'],
    ['tags', 'x\u{E0041}', 'x'],
    ['byte order mark', '\uFEFFx', 'x'],
    ['joiners', 'ক\u200Dখ\u200C', 'কখ'],
    ['word joiner', 'a\u2060b', 'ab'],
    ['annotation', 'a\uFFF9b', 'ab'],
    ['control characters', 'a\u0007b', 'ab'],
    ['blanks', ' a\u00A0\u3000\n b\u2003', 'a b'],
    ['next line', 'a\u0085b', 'a b'],
    ['apostrophe: acute', 'don´t', "don't"],
    ['curly', 'don’t', "don't"],
    ['grave', 'don`t', "don't"],
    ['prime', 'don′t', "don't"],
    ['full width', 'don＇t', "don't"],
    ['letter', 'donʼt', "don't"],
    ['geresh', 'צ׳', "צ'"],
    ['quotes', '„a“ «b» “c”', '"a" "b" "c"'],
    ['double prime', '5″', '5"'],
    ['dashes', 'a–b—c−d‐e‑f', 'a-b-c-d-e-f'],
    ['maqaf', 'א־ב', 'א-ב'],
    ['sharp s', 'straße', 'STRASSE'],
    ['capital sharp s', 'STRAẞE', 'strasse'],
    ['final sigma', 'ΟΔΟΣ', 'οδος'],
    ['dotted I', 'İstanbul', 'istanbul'],
    ['dotted I, upper', 'İSTANBUL', 'istanbul'],
    ['ligature', 'ﬃ', 'FFI'],
    ['titlecase', 'ǅ', 'ǆ'],
    ['iota below', 'ᾳ', 'ΑΙ'],
    ['Cyrillic', 'ЧЕРВОНИЙ', 'червоний'],
    ['Armenian', 'ԵՒ', 'և'],
    ['Georgian', 'ᲡᲐ', 'სა'],
    ['Cherokee', 'Ꭰ', 'ꭰ'],
    ['long s', 'ſ', 's'],
    ['Kelvin', 'K', 'k'],
    ['khanda ta', 'উ\u09A4\u09CD\u200Dসব', 'উৎসব'],
    ['Bangla nukta', '\u09AF\u09BC', '\u09DF'],
    ['ড়', '\u09A1\u09BC', '\u09DC'],
    ['Bangla o', '\u0995\u09C7\u09BE', '\u0995\u09CB'],
    ['Bangla a + aa', '\u0985\u09BEম', 'আম'],
    ['Devanagari nukta', '\u0915\u093C', '\u0958'],
    ['Devanagari a + aa', '\u0905\u093Eम', 'आम'],
    ['Tamil o', '\u0B95\u0BC6\u0BBE', '\u0B95\u0BCA'],
    ['Hangul', '\u1112\u1161\u11AB', '한'],
    ['Hangul filler', '\u3164가', '가'],
    ['tatweel', 'العـــربية', 'العربية'],
    ['presentation forms', 'ﻻ', 'لا'],
    ['Persian yeh and kaf', 'علی ک', 'علي ك'],
    ['half-width kana', 'ｶﾞ', 'ガ'],
    ['full width', 'ＡＢＣ', 'abc'],
    ['composition', 'Cafe\u0301', 'Café'],
    ['order of marks', 'a\u0323\u0302', 'a\u0302\u0323'],
    ['digits', '১৯৭১', '1971'],
    ['Thai digits', '๑๙', '19'],
    ['Khmer digits', '១', '1'],
    ['square metres', 'm²', 'm2'],
    ['subscript', 'H₂O', 'h2o'],
    ['power', '10²', '10^2'],
    ['fraction', '1½', '1 1/2'],
    ['ellipsis', '…', '...']
  ]
  for (const [name, one, other] of cases) t.equal(foldText(one), foldText(other), name)
  t.end()
})

t.test('different words stay different', t => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ['কি', 'কী'],
    ['কর', 'করা'],
    ['কাল', 'কাল়'],
    ['ন', 'ণ'],
    ['শ', 'ষ'],
    ['র', 'ৰ'],
    ['ত্', 'ত'],
    ['résumé', 'resume'],
    ['ö', 'o'],
    ['ı', 'i'],
    ['kız', 'kiz'],
    ['10²', '102'],
    ['1½', '11/2'],
    ['ا', 'أ'],
    ['ة', 'ه'],
    ['كَتَبَ', 'كتب'],
    ['が', 'か'],
    ['カ', 'か'],
    ['ﾊﾟ', 'ハ'],
    ['é', 'è'],
    ['й', 'и'],
    ['a b', 'ab'],
    ['a-b', 'ab'],
    ["we're", 'were'],
    ['中國', '中国'],
    ['Σ', 'C'],
    ['ß', 's'],
    ['क', 'क़'],
    ['שׁ', 'שׂ']
  ]
  for (const [one, other] of cases) t.not(foldText(one), foldText(other), `${one} and ${other}`)
  t.end()
})

t.test('in a case-sensitive question only the case of letters is kept', t => {
  t.not(foldText('pH', true), foldText('PH', true))
  t.not(foldText('straße', true), foldText('strasse', true))
  for (const [one, other] of [
    ['\u2066pH\u2069', 'pH'],
    ['don´t', 'don’t'],
    ['১', '1'],
    ['Cafe\u0301', 'Café'],
    ['\u09A4\u09CD\u200D', 'ৎ'],
    ['ＰＨ', 'PH']
  ] as const) { t.equal(foldText(one, true), foldText(other, true)) }
  t.ok(isSameText('ISPARTA', 'ısparta', { language: 'tr' }))
  t.ok(isSameText('İZMİR', 'izmir', { language: 'tr' }))
  t.ok(isSameText('ISTANBUL', 'İstanbul', { language: 'tr' }), 'a keyboard without the letter')
  t.notOk(isSameText('ISPARTA', 'ısparta', { language: 'en' }))
  t.notOk(isSameText('kız', 'kiz', { language: 'tr' }))
  t.notOk(isSameText('ISPARTA', 'ısparta', { language: 'tr', isCaseSensitive: true }))
  t.end()
})

t.test('folding again changes nothing, for every character', t => {
  const bad: string[] = []
  for (let code = 0; code < 0x11_0000; code += code < 0x3000 ? 1 : 7) {
    if (code >= 0xD800 && code < 0xE000) continue
    for (const text of [`a${String.fromCodePoint(code)}b`, `1${String.fromCodePoint(code)}`]) {
      const folded = foldText(text)
      if (foldText(folded) !== folded) bad.push(code.toString(16))
    }
  }
  t.same(bad, [])
  t.end()
})
