/**
 * The typed client of the REST API. Paths, parameters and bodies come from our OpenAPI document (`npm run api:types`),
 * so a changed route breaks the type check. Every refusal is thrown as `ApiError`.
 */
import createFetchClient from 'openapi-fetch'
import createQueryClient from 'openapi-react-query'
import { authorizedFetch } from './login.ts'
import type { paths } from './schema.d.ts'

/** `await api.GET('/api/v1/exams', { params: { query: { limit: 20 } } })`: `data` is there, or it throws. */
export const api = createFetchClient<paths>({ baseUrl: location.origin, fetch: authorizedFetch })

/** The same for components: `query.useQuery('get', '/api/v1/exams', …)`, `query.useMutation('post', …)`. */
export const query = createQueryClient(api)

/** The data of a call that has a body. Throws `ApiError`. */
export async function dataOf<T> (call: Promise<{ readonly data?: T }>): Promise<T> {
  return (await call).data as T
}
