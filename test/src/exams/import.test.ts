import t from 'tap'
import { htmlToText } from '../../../src/exams/import/html-text.ts'
import { readQuestionFile, remarkWords } from '../../../src/exams/import/read.ts'
import type { ImportFormat } from '../../../src/exams/import/types.ts'
import { decodeText } from '../../../src/bodies/text.ts'

const read = (format: ImportFormat, text: string, language = 'en') => {
  const { questions, problems, notes } = readQuestionFile(format, text, language)
  return {
    questions: questions.map(({ line, question }) => ({ line, ...question })),
    problems: problems.map(remark => `${remark.line} ${remark.reason}`),
    words: problems.map(remark => remarkWords('en', remark)),
    notes: notes.map(remark => `${remark.line} ${remark.reason}`)
  }
}
const choices = (...texts: readonly string[]) => texts.map((text, index) => ({ id: 'abcdef'[index], text }))

t.test('Aiken: each line is understood or named with its number', async t => {
  const good = read('aiken', 'What is 2 + 2?\nA. 3\nB) 4\nANSWER: B\n\n\nTwo lines\nof text\nA. x\n\nB. y\nANSWER: A\n')
  t.match(good, {
    problems: [],
    questions: [
      { line: 1, kind: 'single', text: 'What is 2 + 2?', points: 1, body: { choices: choices('3', '4'), correct: 'b' } },
      { line: 7, text: 'Two lines\nof text', body: { correct: 'a' } }
    ]
  })
  t.equal(good.questions.length, 2)

  for (const [text, problems] of [
    ['Q\nA. x\nB. y\n', ['1 aikenNoAnswer']],
    ['Q\nA. x\nB. y\nANSWER: C\n', ['4 aikenAnswer']],
    ['Q\nA. x\nB. y\nANSWER: A, B\n', ['4 aikenAnswer']],
    ['Q\nA. x\nB. y\nANSWER: b\n', ['4 aikenAnswer']],
    ['Q\nA. x\nC. y\nANSWER: A\n', ['3 aikenOrder']],
    ['Q\nA. x\nB. y\nmore of y\nANSWER: A\n', ['4 line']],
    ['Q\nA. x\nANSWER: A\n', ['1 noChoices']],
    ['Q\n\nR\nA. x\nB. y\nANSWER: A\n', ['1 noChoices']],
    ['A. x\nB. y\nANSWER: A\n', ['1 noText']],
    ['ANSWER: A\n', ['1 line']],
    ['Q\na. x\nb. y\nANSWER: A\n', ['1 noChoices']]
  ] as const) t.same(read('aiken', text).problems, problems, JSON.stringify(text))
  t.equal(read('aiken', 'Q\n\nR\nA. x\nB. y\nANSWER: A\n').questions.length, 1, 'the question after a broken one is read')
  t.same(read('aiken', 'Q\nA. x\nB. y\nANSWER: C').words, ['The answer must be the letter of one of the choices, not “C”.'])
})

t.test('GIFT: questions of all kinds, and what grading here cannot do is a problem', async t => {
  const good = read('gift', [
    '// a comment',
    '::Sum:: 2 + 2 = ? {=4 ~3#too small ~5}'.replace('= ?', '\\= ?'),
    '',
    '$CATEGORY: $course$/top/Algebra/Easy',
    '',
    'Grant is buried in {~%50%New York ~%50%a tomb ~%-50%London}',
    '',
    'Sun rises in the east {T}',
    '',
    'Capital of Bangladesh? {=Dhaka =ঢাকা}',
    '',
    'Pi {#3.14159265358979323846:0.005}',
    '',
    'Between {#1.1..1.3}',
    '',
    'Explain {####seen by students}',
    '',
    '[html]<p>One<br>two &lt; <b>three</b></p> {=yes ~no}'
  ].join('\n'))
  t.same(good.problems, [])
  t.match(good.questions, [
    { line: 2, section: '', kind: 'single', text: '2 + 2 = ?', body: { choices: choices('4', '3', '5'), correct: 'a' } },
    { line: 6, section: 'Easy', kind: 'multiple', body: { choices: choices('New York', 'a tomb', 'London'), correct: ['a', 'b'] } },
    { line: 8, kind: 'boolean', body: { correct: true } },
    { line: 10, kind: 'short', body: { accepted: ['Dhaka', 'ঢাকা'] } },
    { line: 12, kind: 'number', body: { correct: '3.14159265358979323846', tolerance: 0.005 } },
    { line: 14, kind: 'number', body: { correct: 1.2, tolerance: 0.1 } },
    { line: 16, kind: 'long', text: 'Explain', body: {} },
    { line: 18, kind: 'single', text: 'One\ntwo < three' }
  ])
  t.same(good.notes, ['2 feedback', '4 category', '16 feedback', '18 formatting'])

  for (const [text, problems] of [
    ['Q {=a ~b', ['1 syntax']],
    ['Q\n{=a\n~b\n', ['3 syntax']],
    ['Match {=a->b =c->d =e->f}', ['1 kind']],
    ['Only a text', ['1 kind']],
    ['Q {=a =b ~c}', ['1 severalRight']],
    ['Q {~%60%a ~%40%b ~c}', ['1 partly']],
    ['Q {=a ~%50%b ~c}', ['1 partly']],
    ['Q {=%50%half =full}', ['1 partly']],
    ['Q {~a ~b}', ['1 syntax']],
    ['Q {=any * text}', ['1 wildcard']],
    ['Q {#=1:0 =%50%1:1}', ['1 severalRight']],
    ['Q {#1,5}', ['1 syntax']],
    ['Q {#10²}', ['1 syntax']],
    ['Q {#5..1}', ['1 syntax']],
    ['[html]10<sup>2</sup> {=100 ~102}', ['1 html']],
    ['if a<b and b>c {=yes ~no}', ['1 html']],
    [`${'x'.repeat(30_001)} {T}`, ['1 long']],
    ['{=a ~b}', ['1 field']]
  ] as const) {
    const { problems: found, questions } = read('gift', text)
    if (text === 'Q {~a ~b}') t.ok(found.length === 1 && questions.length === 0, text)
    else t.same(found, problems, text)
    t.same(questions, [], text)
  }
  t.equal(read('gift', 'Q {=a ~b\n\nR {T}').questions.length, 1, 'one that is broken leaves the others')
  t.match(read('gift', '[plain]a<b and b>c {=yes ~no}').questions, [{ text: 'a<b and b>c' }])
  t.same(read('gift', 'Q {=a ~%-25%b}').notes, ['1 penalty'])
})

const quiz = (...questions: readonly string[]) => `<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n${questions.join('\n')}\n</quiz>\n`
const question = (type: string, inner: string, text = 'Q') =>
  `<question type="${type}"><name><text>n</text></name><questiontext format="html"><text><![CDATA[<p>${text}</p>]]></text></questiontext>${inner}</question>`
const answer = (text: string, fraction: number | string, more = '') =>
  `<answer fraction="${fraction}" format="plain_text"><text>${text}</text>${more}</answer>`

t.test('Moodle XML: the kinds that are here too, with points, sections and exact numbers', async t => {
  const { problems, questions, notes } = read('moodle-xml', quiz(
    '<question type="category"><category><text>$course$/top/Part A</text></category></question>',
    question('multichoice', `<defaultgrade>2.5000000</defaultgrade><single>true</single>${answer('a &lt; b &#233; &amp;amp;', 100)}${answer('y', 0)}`, 'x &lt; y &amp; z'),
    question('multichoice', `<single>false</single>${answer('a', 33.33333)}${answer('b', 33.33333)}${answer('c', 33.33333)}${answer('d', -33.33333)}`),
    question('truefalse', answer('true', 0) + answer('false', 100)),
    question('shortanswer', `<usecase>1</usecase>${answer('Dhaka', 100)}${answer('dhaka', 0)}`),
    question('numerical', `${answer('1.602176634e-19', 100, '<tolerance>1e-25</tolerance>')}<units><unit><multiplier>1</multiplier><unit_name>C</unit_name></unit></units>`),
    question('essay', '<graderinfo format="html"><text>&lt;p&gt;Look for x&lt;/p&gt;</text></graderinfo><responseformat>editor</responseformat>')
  ))
  t.same(problems, [])
  t.match(questions, [
    { line: 4, section: 'Part A', kind: 'single', text: 'x < y & z', points: 2.5, body: { choices: choices('a < b é &amp;', 'y'), correct: 'a' } },
    { line: 5, kind: 'multiple', points: 1, body: { correct: ['a', 'b', 'c'] } },
    { line: 6, kind: 'boolean', body: { correct: false } },
    { line: 7, kind: 'short', body: { accepted: ['Dhaka'], isCaseSensitive: true } },
    { line: 8, kind: 'number', body: { correct: 1.602176634e-19, tolerance: 1e-25, unit: 'C' } },
    { line: 9, kind: 'long', text: 'Q', body: { guidance: 'Look for x' } }
  ])
  t.same(notes, ['3 category', '7 ignored', '9 layout'])
})

t.test('Moodle XML: what cannot be taken as it is meant is named with its line', async t => {
  const two = answer('a', 100) + answer('b', 0)
  for (const [text, problems] of [
    ['<?xml version="1.0"?>\n<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<quiz>&x;</quiz>', ['2 doctype']],
    ['<quiz>\n<question>\n</quiz>', ['3 syntax']],
    ['<other/>', ['1 root']],
    ['not XML', ['1 syntax']],
    [quiz('', question('matching', ''), question('cloze', '')), ['4 kind', '5 kind']],
    [quiz(question('multichoice', `<single>true</single>${answer('a', 100)}${answer('b', 50)}`)), ['3 partly']],
    [quiz(question('multichoice', `<single>true</single>${answer('a', 0)}${answer('b', 0)}`)), ['3 noAnswer']],
    [quiz(question('multichoice', `<single>true</single>${answer('a', 'x')}${answer('b', 0)}`)), ['3 points']],
    [quiz(question('multichoice', `<single>true</single>${two}`, '<img src="@@PLUGINFILE@@/a.png">')), ['3 html']],
    [quiz(question('multichoice', `<single>true</single>${two}`, 'H<sub>2</sub>O')), ['3 html']],
    [quiz(question('multichoice', `<single>true</single>${two}<file name="a.png" encoding="base64">AAAA</file>`)), ['3 file']],
    [quiz(question('shortanswer', answer('a*', 100))), ['3 wildcard']],
    [quiz(question('numerical', answer('1,234', 100))), ['3 field']],
    [quiz(question('numerical', answer('1', 100) + answer('2', 100))), ['3 severalRight']],
    [quiz(question('truefalse', answer('yes', 100) + answer('no', 0))), ['3 truth']],
    [quiz(question('essay', '<defaultgrade>many</defaultgrade>')), ['3 points']]
  ] as const) {
    const found = read('moodle-xml', text)
    t.match(found.problems, problems, text.slice(0, 200))
    t.equal(found.problems.length, problems.length, text.slice(0, 200))
    t.same(found.questions, [])
  }
})

t.test('CSV: columns by name, in any order, with the delimiter of any country', async t => {
  const rows = [
    'kind,text,points,correct,choice1,choice2,choice3,section,tolerance,unit,caseSensitive,language,starter,guidance',
    'single,"Two, or\nthree lines",2,b,3,4,5,Part A,,,,,,',
    'multiple,Q2,,a;c,x,y,z,,,,,,,',
    'boolean,Q3,,TRUE,,,,,,,,,,',
    "number,Q4,0.5,'1.602e-19,,,,,1e-25,C,,,,",
    'short,Q5,,Dhaka|a\\|b\\\\,,,,,,,true,,,',
    'long,Q6,,,,,,,,,,,,look for x',
    'code,Q7,,,,,,,,,,python,"print(1)",',
    ''
  ]
  const { problems, questions } = read('csv', rows.join('\r\n'))
  t.same(problems, [])
  t.match(questions, [
    { line: 2, section: 'Part A', kind: 'single', text: 'Two, or\nthree lines', points: 2, body: { choices: choices('3', '4', '5'), correct: 'b' } },
    { line: 4, kind: 'multiple', body: { correct: ['a', 'c'] } },
    { line: 5, kind: 'boolean', body: { correct: true } },
    { line: 6, kind: 'number', points: 0.5, body: { correct: 1.602e-19, tolerance: 1e-25, unit: 'C' } },
    { line: 7, kind: 'short', body: { accepted: ['Dhaka', 'a|b\\'], isCaseSensitive: true } },
    { line: 8, kind: 'long', body: { guidance: 'look for x' } },
    { line: 9, kind: 'code', body: { language: 'python', starter: 'print(1)' } }
  ])
  for (const sign of [';', '\t']) {
    t.match(read('csv', ['kind', 'text', 'correct'].join(sign) + `\nboolean${sign}a, b${sign}false\n`).questions, [{ text: 'a, b', body: { correct: false } }], sign)
  }
})

t.test('CSV: every line that is not understood is named', async t => {
  const head = 'kind,text,points,correct,choice1,choice2,tolerance\n'
  for (const [text, problems] of [
    ['', ['1 columnMissing', '1 columnMissing']],
    ['kind,question\n', ['1 columnMissing', '1 columnUnknown']],
    ['kind,text,text\n', ['1 columnTwice']],
    ['kind,text,choice0,choice51\n', ['1 columnUnknown', '1 columnUnknown']],
    [`${head}single,Q,1,c,x,y,\n`, ['2 letters']],
    [`${head}single,Q,1,a;b,x,y,\n`, ['2 severalRight']],
    [`${head}single,Q,1,,x,y,\n`, ['2 noAnswer']],
    [`${head}single,Q,1,a,x,,\n`, ['2 field']],
    [`${head}single,Q,1,a,,y,\n`, ['2 field']],
    [`${head}boolean,Q,1,yes,,,\n`, ['2 truth']],
    [`${head}boolean,Q,one,true,,,\n`, ['2 points']],
    [`${head}boolean,Q,"1,5",true,,,\n`, ['2 points']],
    [`${head}number,Q,1,"3,142",,,\n`, ['2 field']],
    [`${head}number,Q,1,5,x,,\n`, ['2 columnFor']],
    [`${head}boolean,Q,1,true,,,0.1\n`, ['2 columnFor']],
    [`${head}boolean,Q,1,true\n`, ['2 cells']],
    [`${head}boolean,Q,1,true,,,\n\n\nquiz,Q,1,true,,,\n`, ['5 columnFor']],
    [`${head}boolean,"Q,1,true,,,\n`, ['2 syntax']],
    [`${head}boolean,,1,true,,,\n`, ['2 field']]
  ] as const) t.same(read('csv', text).problems, problems, JSON.stringify(text))
  t.match(read('csv', `${head}number,Q,1,"3,142",,,\n`).words, [/two different numbers; write 3142 or 3.142/])
})

t.test('JSON: a list, or the questions of a whole exam, each with its line', async t => {
  const good = { kind: 'boolean', text: 'Q', body: { correct: true } }
  t.match(read('json', JSON.stringify([good, good], undefined, 1)), { problems: [], questions: [{ line: 2 }, { line: 9 }] })
  const file = { format: 'invigil-exam/1', exam: { title: 'x', policy: { rules: {} } }, questions: [good, { ...good, kind: 'quiz' }] }
  t.match(read('json', JSON.stringify(file, undefined, 1)), { problems: ['17 field'], questions: [{ line: 10 }] })
  t.same(read('json', '[\n1,\n]').problems, ['3 syntax'])
  t.same(read('json', '{}').problems, ['1 root'])
  t.same(read('json', 'null').problems, ['1 root'])
  t.match(read('json', '[1]'), { questions: [], problems: ['1 field'] })
  t.same(read('json', '['.repeat(50)).problems, ['1 root'])
  t.same(read('json', JSON.stringify([{ ...good, text: 'a\u0000b' }])).problems, ['1 field'])
})

t.test('HTML becomes text only where that loses nothing but looks', async t => {
  t.same(htmlToText('<p>One</p><p>two&nbsp;<i>three</i></p><ul><li>a<li>b</ul><ol><li>c</li><li>d</li></ol>'), {
    text: 'One\ntwo three\n- a\n- b\n1. c\n2. d',
    isSimplified: true
  })
  t.same(htmlToText('<div>a  \n b</div><pre>x\n  y</pre>'), { text: 'a b\nx\n  y', isSimplified: false })
  for (const html of ['<img src=x>', '<table></table>', 'x<sup>2</sup>', '<script>1</script>', '<b>open', 'a<b and c', '<math></math>', '<style>p{}</style>']) {
    t.throws(() => htmlToText(html), /^Error: html$|html/, html)
  }
})

t.test('a file in UTF-16 is read, one in another encoding is refused with its line', async t => {
  t.equal(decodeText(Buffer.from('\ufeffঢাকা', 'utf16le')), 'ঢাকা')
  t.equal(decodeText(Buffer.from('ঢাকা')), 'ঢাকা')
  t.throws(() => decodeText(Buffer.concat([Buffer.from('a\nb'), Buffer.from([0xe9]), Buffer.from('c')])), {
    code: 'INVIGIL_ERR_ENCODING',
    details: { line: 2 }
  })
})
