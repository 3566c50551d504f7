import t from 'tap'
import { numberText, readNumber } from '../../../src/exams/read-number.ts'

/** The number, or why it was not read. */
const read = (text: unknown, language?: string): string => {
  const { number, problem } = readNumber(text, language)
  return number === undefined ? problem : numberText(number)
}

t.test('a text that can mean one number is read, in every language', t => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ['0', '0'],
    ['-0', '0'],
    ['5', '5'],
    ['+5', '5'],
    ['−5', '-5'],
    ['- 5', '-5'],
    ['–5', '-5'],
    [' 5 ', '5'],
    ['007', '7'],
    ['1.5', '1.5'],
    ['1,5', '1.5'],
    ['1,25e3', '1250'],
    [',6', '0.6'],
    ['.5', '0.5'],
    ['1.', '1'],
    ['0,125', '0.125'],
    ['0.125', '0.125'],
    ['1234,567', '1234.567'],
    ['3,1416', '3.1416'],
    ['1.234,56', '1234.56'],
    ['1,234.56', '1234.56'],
    ["1'234.56", '1234.56'],
    ['1’234,5', '1234.5'],
    ['1,000,000', '1000000'],
    ['1.000.000', '1000000'],
    ['1,000,000.5', '1000000.5'],
    ['1 000', '1000'],
    ['1 000 000,25', '1000000.25'],
    ['1\u202F234\u202F567', '1234567'],
    ['1,23,456', '123456'],
    ['12,34,567.8', '1234567.8'],
    ['1e3', '1000'],
    ['1E5', '100000'],
    ['1.602e-19', '1.602e-19'],
    ['1e−5', '0.00001'],
    ['1.6×10^-19', '1.6e-19'],
    ['1.6×10⁻¹⁹', '1.6e-19'],
    ['6.02 * 10^23', '6.02e+23'],
    ['2 x 10 ^ 3', '2000'],
    ['১২৩', '123'],
    ['১,২৩,৪৫৬.৭৮', '123456.78'],
    ['०.५', '0.5'],
    ['٣٫١٤', '3.14'],
    ['١٬٢٣٤', '1234'],
    ['۱۲۳', '123'],
    ['๓.๑๔', '3.14'],
    ['１２．５', '12.5'],
    ['𝟏𝟐', '12'],
    ['\u2066+5\u2069', '5'],
    ['\u061C5', '5'],
    ['5\uFE0F', '5'],
    ['1\u00AD2', '12'],
    ['\uFEFF5\u200D', '5'],
    ['5\u{E0031}', '5']
  ]
  for (const [text, number] of cases) {
    for (const language of ['en', 'bn', 'de', 'fr', 'ar', 'hi', 'xx', undefined]) {
      t.equal(read(text, language), number, `${text} in ${language}`)
    }
  }
  t.end()
})

t.test('a text that can mean two numbers is read only if its mark is the decimal mark of the language', t => {
  for (const language of ['en', 'bn', 'bn-BD', 'en-IN', 'hi']) {
    t.same(
      [read('3,142', language), read('1,000', language), read('3.142', language)],
      ['ambiguous', 'ambiguous', '3.142'],
      language
    )
  }
  for (const language of ['de', 'fr', 'es', 'pt-BR']) {
    t.same([read('3,142', language), read('3.142', language)], ['3.142', 'ambiguous'], language)
  }
  for (const language of [undefined, 'xx', 'no such tag!', '']) {
    t.same([read('3,142', language), read('3.142', language)], ['ambiguous', 'ambiguous'], String(language))
  }
  t.same([read("3'142", 'es'), read("3'142", 'en'), read("3'142", 'de-CH')], ['ambiguous', 'ambiguous', '3142'])
  t.equal(read('3,142e3', 'en'), 'ambiguous')
  for (const [language, text] of [
    ['en', '3,142'],
    ['de', '3.142'],
    [undefined, '3.142'],
    ['bn', '-১২,৩৪৫'],
    ['de-CH', '3,142']
  ] as const) {
    const { readings } = readNumber(text, language)
    t.same(
      readings?.map(reading => read(reading, language)),
      text.startsWith('-') ? ['12345', '12.345'] : ['3142', '3.142'],
      `both readings of ${text} can be written in ${language}`
    )
  }
  t.end()
})

t.test('a text that is not a plain number is refused with a reason, never read as another number', t => {
  const cases: ReadonlyArray<readonly [unknown, string]> = [
    ['10²', 'superscript'],
    ['10^2', 'power'],
    ['2**3', 'power'],
    ['1/2', 'fraction'],
    ['½', 'fraction'],
    ['1½', 'fraction'],
    ['50%', 'percent'],
    ['٥٠٪', 'percent'],
    ['10,20,30', 'grouping'],
    ['1 5', 'grouping'],
    ['1 23 456', 'grouping'],
    ['1.2.3', 'grouping'],
    ['1,2,3', 'grouping'],
    ['1,.5', 'grouping'],
    ['1,234 567', 'grouping'],
    ['1.234.56', 'grouping'],
    ["1'5", 'grouping'],
    ['0,000,001', 'grouping'],
    ['1.23.456', 'grouping'],
    ['five', 'letters'],
    ['5 kg', 'letters'],
    ['--5', 'letters'],
    ['5-', 'letters'],
    ['0x10', 'letters'],
    ['Infinity', 'letters'],
    ['NaN', 'letters'],
    ['-', 'letters'],
    ['.', 'letters'],
    ['1e', 'letters'],
    ['1e3e3', 'letters'],
    ['1_000', 'letters'],
    ['①', 'letters'],
    ['Ⅳ', 'letters'],
    ['五', 'letters'],
    ['1.6×10-19', 'letters'],
    ['2×10', 'letters'],
    ['', 'empty'],
    [' \u200B ', 'empty'],
    ['9'.repeat(101), 'digits'],
    ['1'.repeat(100_000), 'digits'],
    [' '.repeat(100_000), 'digits'],
    ['1e401', 'size'],
    ['1e-401', 'size'],
    ['1e999999999999', 'size'],
    ['-1e-99999999', 'size'],
    [Number('12345678901234567890'), 'inexact'],
    [Number.NaN, 'letters'],
    [Infinity, 'letters'],
    [true, 'letters'],
    [[5], 'letters'],
    [null, 'letters'],
    [{}, 'letters']
  ]
  for (const [value, problem] of cases) {
    for (const language of ['en', 'de', undefined]) {
      t.equal(read(value, language), problem, `${String(value).slice(0, 30)} in ${language}`)
    }
  }
  t.end()
})

t.test('numbers are exact, and JSON numbers have the value that is written', t => {
  t.equal(read('0.1000000000000000000000000000000000001'), '0.1000000000000000000000000000000000001')
  for (const [number, text] of [
    [1.602e-19, '1.602e-19'],
    [0.3, '0.3'],
    [6227020800, '6227020800'],
    [1e21, '1e+21'],
    [-5, '-5'],
    [9007199254740991, '9007199254740991'],
    [5e-324, '5e-324']
  ] as const) { t.equal(read(number), text) }
  t.equal(read(numberText(readNumber('1e-400').number!)), '1e-400')
  t.end()
})

t.test('no text is one number in one language and another number in another', t => {
  const signs = ['1', '2', '0', '5', '.', ',', ' ', "'", '٫', '٬', '-', 'e', '000', '234', '12']
  let seed = 1
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return (seed >>> 8) % below
  }
  let checked = 0
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: 1 + random(7) }, () => signs[random(signs.length)]).join('')
    const numbers = new Set(
      ['en', 'bn', 'de', 'fr', 'es', 'de-CH', 'ar', undefined]
        .map(language => readNumber(text, language).number)
        .filter(number => number !== undefined)
        .map(numberText)
    )
    if (numbers.size > 1) t.fail(`${text}: ${[...numbers].join(' | ')}`)
    if (numbers.size === 1) checked++
  }
  t.ok(checked > 1000, `${checked} texts were read`)
  t.end()
})

t.test('a hostile text takes no long time', t => {
  const startMs = performance.now()
  for (const text of [
    '1,'.repeat(140),
    `${'1 '.repeat(149)}`,
    '1e' + '9'.repeat(290),
    '×10^'.repeat(70),
    `1${' '.repeat(298)}x`,
    '1x'.repeat(50_000),
    '\u200B'.repeat(100_000)
  ]) { for (let round = 0; round < 20; round++) readNumber(text, 'en') }
  t.ok(performance.now() - startMs < 2000)
  t.end()
})
