import type { Page } from 'playwright-core'

export const PASSWORD = 'a long enough password'

/** Adds a candidate by the API; gives the access token. */
export async function signUpBy (address: string, name: string, email: string): Promise<string> {
  const form = new FormData()
  for (const [field, value] of Object.entries({ name, email, password: PASSWORD })) form.set(field, value)
  const response = await fetch(`${address}/api/v1/auth/signup`, { method: 'POST', body: form })
  const { accessToken } = await response.json() as { readonly accessToken: string }
  return accessToken
}

/** Signs up as a candidate at `address`, opens the practice page and turns the camera on. */
export async function signUp (
  page: Page,
  address: string,
  name = 'Rahim Uddin',
  email = 'rahim@example.org'
): Promise<void> {
  await page.goto(address)
  await page.getByRole('link', { name: 'I am new here' }).click()
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign up' }).click()
  const menu = page.getByRole('button', { name: 'Menu' })
  const practice = page.getByRole('link', { name: 'Practice' }).or(page.getByRole('menuitem', { name: 'Practice' }))
  await practice.or(menu).first().waitFor()
  if (await menu.isVisible()) await menu.click()
  await practice.click()
  await page.getByRole('button', { name: 'Turn the camera on' }).click()
}
