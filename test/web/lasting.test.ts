import t from 'tap'
import { createLasting } from '../../web/src/live/lasting.ts'

function setup () {
  const told: string[] = []
  return {
    lasting: createLasting((event, phase, atMs) => {
      told.push(`${event} ${phase} ${atMs}`)
    }),
    told: () => told.splice(0)
  }
}

t.test('only differences are told', async t => {
  const { lasting, told } = setup()
  lasting.set('tab_switch', true, 10)
  lasting.set('tab_switch', true, 20)
  lasting.set('window_blur', true, 30)
  t.same([lasting.isOn('tab_switch'), lasting.isOn('camera_off')], [true, false])
  lasting.set('tab_switch', false, 40)
  lasting.set('tab_switch', false, 50)
  t.same(told(), ['tab_switch start 10', 'window_blur start 30', 'tab_switch end 40'])
  t.notOk(lasting.isOn('tab_switch'))
})

t.test('a page says what is not so at first: the page before it may have left it open', async t => {
  const { lasting, told } = setup()
  lasting.set('tab_switch', false, 10)
  t.same(told(), ['tab_switch end 10'])
  lasting.retell(20)
  t.same(told(), ['tab_switch end 10'], 'and when the line has opened')
})

t.test('after a lost connection what lasts is told as begun, and what is over as ended when it was', async t => {
  const { lasting, told } = setup()
  lasting.set('tab_switch', true, 10)
  lasting.set('camera_off', true, 20)
  lasting.set('camera_off', false, 30)
  told()
  lasting.retell(40)
  t.same(told(), ['tab_switch start 40', 'camera_off end 30'])
  lasting.retell(50)
  t.same(told(), ['tab_switch start 50'], 'an end that a fresh line has carried is settled')
  lasting.set('camera_off', true, 60)
  lasting.set('camera_off', false, 70)
  told()
  lasting.retell(80)
  t.same(told(), ['tab_switch start 80', 'camera_off end 70'], 'until it lasts again')
})

t.test('what nobody knows is not told', async t => {
  const { lasting, told } = setup()
  lasting.retell(10)
  t.same(told(), [])
})
