import t from 'tap'
import { bodyOf, grantedOf, isNothing, NOTHING } from '../../../web/src/teacher/people/accommodation.ts'
import { readAddresses } from '../../../web/src/teacher/people/addresses.ts'

t.test('addresses are found in lists and tables, each once', async t => {
  t.same(readAddresses('rahim@example.org\r\n\n Nusrat Jahan <Nusrat@Example.org>; rahim@example.org,'), {
    addresses: ['rahim@example.org', 'nusrat@example.org'], unread: []
  })
  t.same(readAddresses('Name,E-mail\n"Das, Sumon","sumon@example.org"\nMitu Roy,\n'), {
    addresses: ['sumon@example.org'], unread: [{ line: 3, text: 'Mitu Roy,' }]
  })
  t.same(readAddresses('নাম,ইমেইল\nমিতু,mitu@উদাহরণ.বাংলা').addresses, ['mitu@উদাহরণ.বাংলা'])
  t.same(readAddresses('nobody\nsomeone@host').unread.map(({ line }) => line), [1, 2])
})

t.test('an accommodation is sent as it was read, with what the form does not show', async t => {
  const stored = {
    extraTimeShare: 0.333,
    flags: {
      secondPerson: true,
      absenceMs: 120_000,
      riskLimits: { medium: 8, high: 16 },
      rules: { phone: { enabled: false }, voice: { enterMs: 9000 }, eyes_closed: { enabled: false, severity: 'low' } }
    }
  }
  const granted = grantedOf(stored)
  t.match(granted, { extraPercent: 33.3, secondPerson: true, gazeFree: false, absenceMs: 120_000 })
  t.same(granted.rulesOff, ['phone', 'eyes_closed'])
  t.same(bodyOf(granted), stored)
})

t.test('a rule that is judged again keeps its other numbers', async t => {
  const granted = grantedOf({ extraTimeShare: 0, flags: { rules: { voice: { enabled: false, enterMs: 9000 } } } })
  t.same(bodyOf({ ...granted, rulesOff: [] }).flags, { rules: { voice: { enterMs: 9000 } } })
})

t.test('nothing granted is no accommodation', async t => {
  t.ok(isNothing(NOTHING))
  t.notOk(isNothing({ ...NOTHING, extraPercent: 25 }))
  t.notOk(isNothing({ ...NOTHING, rulesOff: ['phone'] }))
})
