import { notifications } from '@mantine/notifications'
import { errorText } from '../api/error-text.ts'
import { t } from '../text/index.ts'

const closeButtonProps = () => ({ 'aria-label': t('close') })

/** Says in the corner that something is done; it goes by itself. */
export const tell = (message: string): void => { notifications.show({ message, closeButtonProps: closeButtonProps() }) }

/** Says there what went wrong; it stays. */
export const tellProblem = (error: Error): void => {
  notifications.show({ message: errorText(error), color: 'red', autoClose: false, closeButtonProps: closeButtonProps() })
}
