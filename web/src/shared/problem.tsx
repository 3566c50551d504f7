import { Alert, Button, Stack, Text } from '@mantine/core'
import { errorText } from '../api/error-text.ts'
import { t } from '../text/index.ts'

interface Props {
  readonly error: Error
  onRetry? (): void
}

/** What went wrong, in words, and a way to try again where there is one. */
export function Problem ({ error, onRetry }: Props) {
  return (
    <Alert role='alert' variant='outline' color='red' title={t('problem')}>
      <Stack gap='sm' align='flex-start'>
        <Text>{errorText(error)}</Text>
        {onRetry !== undefined && <Button size='xs' variant='default' onClick={onRetry}>{t('tryAgain')}</Button>}
      </Stack>
    </Alert>
  )
}
