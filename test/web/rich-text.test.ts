import t from 'tap'
import { textParts } from '../../web/src/shared/rich-text-parts.ts'

t.test('formulas and code are found, and prices stay text', async t => {
  const short = (text: string) => textParts(text).map(({ kind, text }) => `${kind} ${text}`)
  t.same(short('Solve $x^2=1$ for `x`.'), ['text Solve ', 'formula x^2=1', 'text  for ', 'code x', 'text .'])
  t.same(short('$$\\frac{1}{2}$$'), ['formulaBlock \\frac{1}{2}'])
  t.same(short('It costs $5 and $6.'), ['text It costs $5 and $6.'])
  t.same(short('$5 each, $x$ of them'), ['text $5 each, ', 'formula x', 'text  of them'])
  t.same(short('```python\nprint(1)\n```'), ['codeBlock print(1)'])
  t.same(short('two\nlines'), ['text two\nlines'])
  t.same(short('<b>$'), ['text <b>$'])
})
