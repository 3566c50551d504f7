import { Alert, List, Text } from '@mantine/core'
import { errorText } from '../api/error-text.ts'
import { ApiError } from '../api/errors.ts'
import { t } from '../text/index.ts'
import { Problem } from './problem.tsx'

interface FieldProblem {
  readonly field: string
  readonly problem: string
}

/** The fields of a refusal, with what is wrong with each. */
export const fieldProblems = (error: Error): readonly FieldProblem[] => {
  const fields = error instanceof ApiError ? error.details['fields'] : undefined
  return Array.isArray(fields) ? fields as FieldProblem[] : []
}

/** What was refused, with each field that the server names. */
export function RefusalNote ({ error }: { readonly error: Error }) {
  const fields = fieldProblems(error)
  if (fields.length === 0) return <Problem error={error} />
  return (
    <Alert role='alert' variant='outline' color='red' title={t('problem')}>
      <Text>{errorText(error)}</Text>
      <List size='sm' mt='xs'>
        {fields.slice(0, 50).map(({ field, problem }, index) => (
          <List.Item key={index}><code>{field}</code> {problem}</List.Item>
        ))}
      </List>
    </Alert>
  )
}
