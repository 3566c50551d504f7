/** One exam through all roles, from its first question to the audit log, found by the pages' own texts. */
import t from 'tap'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { fakeCamera } from '../support/fake-camera.ts'
import { pageWords } from '../support/page-words.ts'
import { startServer } from '../support/server.ts'
import { readAudit } from './roles/admin.ts'
import {
  answerFirst, answerLast, answerWarning, checkComputer, handIn, loseTheLine, readResult, startExam
} from './roles/candidate.ts'
import { grantBreak, openConsole, readAnswer, warn } from './roles/proctor.ts'
import { openStage } from './roles/stage.ts'
import { assignAndPublish, grade, release, writeExam } from './roles/teacher.ts'

for (const language of ['en', 'bn'] as const) {
  t.test(
    `an exam goes through all roles: ${language}`,
    { skip: skipWithoutChromium, timeout: 400_000 },
    async t => {
      const [camera, server] = await Promise.all([
        fakeCamera('../shared/testdata/video/gaze_center_focus.mp4', 4), startServer()
      ])
      t.teardown(camera.remove)
      t.teardown(server.stop)
      const browser = await launchChromium(camera.file)
      t.teardown(() => browser.close())
      const stage = openStage({ server, browser, words: pageWords(language) })
      const teacher = await stage.enter('teacher', 'teacher')
      const candidates = [await stage.enter('student', 'first'), await stage.enter('student', 'second')] as const
      const [first, second] = candidates

      const step = async (name: string, run: () => Promise<unknown>) => await stage.step(t, name, run)
      await step('teacher writes', () => writeExam(t, stage, teacher))
      await step('teacher assigns and publishes', () => assignAndPublish(t, stage, teacher, candidates))
      await step('both check their computers', async () => {
        for (const candidate of candidates) {
          await candidate.page.reload()
          await checkComputer(t, stage, candidate)
        }
      })
      await step('both start', async () => { for (const candidate of candidates) await startExam(stage, candidate) })
      await step('both answer', async () => { for (const candidate of candidates) await answerFirst(t, stage, candidate) })
      await step('one loses the line', () => loseTheLine(t, stage, second))
      const proctor = await stage.enter('admin', 'proctor')
      await step('proctor watches', () => openConsole(t, stage, proctor, candidates))
      await step('proctor warns', async () => {
        const warning = await warn(t, stage, proctor, first)
        await answerWarning(t, stage, first, warning)
        await readAnswer(t, stage, proctor)
      })
      await step('proctor grants a break', () => grantBreak(t, stage, proctor, first))
      await step('both hand in', async () => {
        await answerLast(stage, first, true)
        await answerLast(stage, second, false)
        for (const candidate of candidates) await handIn(t, stage, candidate)
      })
      await step('teacher grades', () =>
        grade(t, stage, teacher, new Map([[first.name, '4'], [second.name, '1']])))
      await step('teacher releases', () => release(t, stage, teacher))
      await step('both read the result', async () => {
        // Ten points by rule; twice four, and twice one, by hand.
        await readResult(t, stage, first, 18)
        await readResult(t, stage, second, 12)
      })
      const admin = await stage.enter('admin', 'admin')
      await step('admin finds it', () => readAudit(t, stage, admin))
      t.same(stage.problems, [], 'no page threw')
    }
  )
}
