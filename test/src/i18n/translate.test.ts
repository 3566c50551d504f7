import t from 'tap'
import { EVENT_KINDS } from '../../../detection/types.ts'
import { bn } from '../../../src/i18n/bn.ts'
import { en } from '../../../src/i18n/en.ts'
import { pickLanguage, translate, translateEvent } from '../../../src/i18n/translate.ts'

type Tree = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Every `group.key` with the names of its values, which stand in the order of each language's sentence. */
function keys (texts: Tree): string[] {
  return Object.entries(texts)
    .flatMap(([group, entries]) =>
      Object.entries(entries).map(
        ([key, text]) => `${group}.${key} ${[...text.matchAll(/{{(\w+)}}/g)].map(match => match[1]).sort().join(',')}`
      )
    )
    .sort()
}

t.test('both languages have the same keys and fill in the same values', async t => {
  t.same(keys(bn), keys(en))
  for (const group of Object.values(bn)) for (const text of Object.values(group)) t.not(text.trim(), '')
})

t.test('every kind of event has a text and no text is left over', async t => {
  t.same(Object.keys(en.events).sort(), [...EVENT_KINDS].sort())
})

t.test('an end says that the event is over', async t => {
  t.equal(translateEvent('en', 'face_missing'), 'Face not detected')
  t.equal(translateEvent('en', 'face_missing', 'end'), 'Face not detected: over')
  t.equal(translateEvent('bn', 'phone', 'start'), bn.events.phone)
})

t.test('values are filled in as they are', async t => {
  t.equal(translate('en', 'validation.format', { format: '<b>' }), 'must look like: <b>')
})

t.test('the language is the query\'s, then the header\'s, then English', async t => {
  t.equal(pickLanguage('bn', 'en'), 'en')
  t.equal(pickLanguage(undefined, 'bn'), 'bn')
  t.equal(pickLanguage('fr, bn-BD;q=0.8, en;q=0.5'), 'bn')
  t.equal(pickLanguage('fr'), 'en')
  t.equal(pickLanguage('bn', 'xx'), 'bn')
  t.equal(pickLanguage('bn', ['en', 'bn']), 'bn')
  for (const odd of ['', '*', ';;;q=x,,', ','.repeat(5000), '\u0000']) t.equal(pickLanguage(odd), 'en')
})
