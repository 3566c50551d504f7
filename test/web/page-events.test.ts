import { mock } from 'node:test'
import t from 'tap'
import { watchPage } from '../../web/src/live/page-events.ts'

/**
 * A window that is looked at and has the focus, at time 0, and what is told of it without what it says of itself at
 * first.
 */
function open (screen: object = {}) {
  mock.timers.reset()
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 })
  const document = Object.assign(new EventTarget(), {
    hidden: false,
    fullscreenElement: null as object | null,
    isFocused: true,
    hasFocus: () => document.isFocused
  })
  const page = Object.assign(new EventTarget(), { document, screen })
  const told: string[] = []
  const known = new Map<string, boolean>()
  const stop = watchPage(page, {
    report: event => { told.push(event) },
    setLasting (event, isOn, atMs = Date.now()) {
      if (known.get(event) !== isOn && (isOn || known.has(event))) {
        told.push(`${event} ${isOn ? 'start' : 'end'} ${atMs}`)
      }
      known.set(event, isOn)
    }
  })
  const fire = (target: EventTarget, name: string) => target.dispatchEvent(new Event(name))
  return {
    page,
    document,
    stop,
    known,
    fire,
    leave: () => fire(page, 'pagehide'),
    told: () => told.splice(0),
    wait: (ms: number) => mock.timers.tick(ms),
    focus (isFocused: boolean) {
      document.isFocused = isFocused
      fire(page, isFocused ? 'focus' : 'blur')
    },
    hide (hidden: boolean) {
      document.hidden = hidden
      fire(document, 'visibilitychange')
    }
  }
}
t.afterEach(() => mock.timers.reset())

t.test('a page that is looked at says that nothing lasts', async t => {
  const page = open()
  page.wait(300)
  t.same(page.told(), [])
  t.same(Object.fromEntries(page.known), {
    tab_switch: false,
    second_screen: false,
    fullscreen_exit: false,
    window_blur: false
  })
})

t.test('another window takes the focus: from when it did until it is back', async t => {
  const page = open()
  page.wait(1000)
  page.focus(false)
  page.wait(5000)
  page.focus(true)
  page.wait(300)
  t.same(page.told(), ['window_blur start 1000', 'window_blur end 6000'])
})

// Every order in which a browser may change focus and visibility, a few milliseconds apart.
for (const leave of [['blur', 'hide'], ['hide', 'blur']]) {
  for (const back of [['show', 'focus'], ['focus', 'show']]) {
    t.test(`a tab switch is told once and leaves nothing open: ${leave.join(', ')}, ${back.join(', ')}`, async t => {
      const page = open()
      const doing: Readonly<Record<string, () => void>> = {
        blur: () => page.focus(false),
        focus: () => page.focus(true),
        hide: () => page.hide(true),
        show: () => page.hide(false)
      }
      page.wait(1000)
      for (const [at, does] of [...leave, ...back].entries()) {
        doing[does]!()
        page.wait(at === 1 ? 600_000 : 20)
      }
      page.wait(1000)
      const [start, end, ...more] = page.told()
      t.match(start, /^tab_switch start 10[02]0$/)
      t.match(end, /^tab_switch end 6010[24]0$/)
      t.same(more, [])
    })
  }
}

t.test('a window that is first left and then covered has lost the focus and then the view, and both end', async t => {
  const page = open()
  page.wait(1000)
  page.focus(false)
  page.wait(3000)
  page.hide(true)
  page.wait(10_000)
  page.hide(false)
  page.wait(5000)
  page.focus(true)
  page.wait(300)
  t.same(page.told(), [
    'window_blur start 1000', 'tab_switch start 4000', 'window_blur end 4000',
    'tab_switch end 14000', 'window_blur start 14000', 'window_blur end 19000'
  ], 'seen again without the focus it lasts')
})

t.test('full screen is left until it is entered again', async t => {
  const page = open()
  page.document.fullscreenElement = {}
  page.fire(page.document, 'fullscreenchange')
  t.same(page.told(), [])
  page.wait(1000)
  page.document.fullscreenElement = null
  page.fire(page.document, 'fullscreenchange')
  page.wait(1000)
  page.document.fullscreenElement = {}
  page.fire(page.document, 'fullscreenchange')
  t.same(page.told(), ['fullscreen_exit start 1000', 'fullscreen_exit end 2000'])
})

t.test('a second screen comes and goes, where the browser says so', async t => {
  const screen = Object.assign(new EventTarget(), { isExtended: true })
  const page = open(screen)
  page.wait(1000)
  screen.isExtended = false
  page.fire(screen, 'change')
  t.same(page.told(), ['second_screen start 0', 'second_screen end 1000'])
  t.same(open({ isExtended: true }).told(), ['second_screen start 0'], 'what the browser cannot tell stays')
})

t.test('what is over at once is told as that, until the session ends', async t => {
  const page = open()
  for (const name of ['copy', 'paste', 'contextmenu']) page.fire(page.document, name)
  page.fire(page.page, 'beforeprint')
  t.same(page.told(), ['copy', 'paste', 'context_menu', 'print'])
  page.wait(1000)
  page.focus(false)
  page.stop()
  page.fire(page.document, 'copy')
  page.hide(true)
  page.wait(1000)
  t.same(page.told(), [])
})

t.test('a page that is reloaded or closed is no other tab', async t => {
  const page = open()
  page.wait(1000)
  page.leave()
  page.hide(true)
  page.wait(1000)
  t.same(page.told(), [])
})
