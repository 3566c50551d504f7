import type { Page } from 'playwright-core'

export const PASSWORD = 'a long enough password'

/** Signs up as a candidate at `address`, the sign-in page, and turns the camera on. */
export async function signUp (
  page: Page,
  address: string,
  name = 'Rahim Uddin',
  email = 'rahim@example.org'
): Promise<void> {
  await page.goto(address)
  await page.getByRole('button', { name: 'I am new here' }).click()
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByRole('button', { name: 'Turn the camera on' }).click()
}
