import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const BRAND: MantineColorsTuple = [
  '#e8f4f8', '#d3e6ed', '#a6cddb', '#76b3c9', '#509dba', '#3a8fb0', '#2c88ac', '#1d6f8f', '#1f4e5f', '#143a48'
]

/** Mantine's greys of the dark scheme, with the hue of the brand. */
const DARK: MantineColorsTuple = [
  '#e8eef0', '#b3c0c5', '#9db0b7', '#6f8189', '#3f4f57', '#2b3a41', '#1a252a', '#11191d', '#0d1417', '#090e10'
]

export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: { light: 8, dark: 7 },
  colors: { brand: BRAND, dark: DARK },
  fontFamily: 'system-ui, "Noto Sans", "Noto Sans Bengali Variable", "Noto Sans Bengali", sans-serif',
  // Digits of times are Bengali on Bangla pages.
  fontFamilyMonospace: 'ui-monospace, Menlo, Consolas, "Liberation Mono", monospace, "Noto Sans Bengali Variable"',
  headings: { fontFamily: 'inherit', sizes: { h1: { fontSize: '1.6rem' }, h2: { fontSize: '1.2rem' } } },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  // A dialog's header is no banner of the page.
  components: {
    ModalHeader: { defaultProps: { role: 'presentation' } },
    ModalTitle: { defaultProps: { fw: 700, fz: 'lg' } }
  }
})

/**
 * Mantine's own quiet text and input borders have too little contrast: WCAG asks for 4.5 (text) and 3 (controls).
 * The hues of severity are those of UX 3.5; shape and word say the same.
 */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#55666d',
    '--mantine-color-placeholder': '#68777d',
    '--mantine-color-default-border': '#7d8b91',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-red-outline': '#b3261e',
    '--mantine-color-orange-outline': '#8f5500',
    '--page': '#f4f6f7',
    '--card': '#fff',
    '--line': '#d5dde0',
    '--minor': '#55666d',
    '--notable': '#8f5500',
    '--serious': '#a01c15',
    '--technical': '#35589a',
    '--well': '#2a7d4f'
  },
  dark: {
    '--mantine-color-body': '#1a252a',
    '--mantine-color-text': '#e8eef0',
    '--mantine-color-dimmed': '#9db0b7',
    '--mantine-color-placeholder': '#8a9aa0',
    '--mantine-color-default': '#1a252a',
    '--mantine-color-default-border': '#6f8189',
    '--mantine-color-anchor': '#7cc4dc',
    '--mantine-color-error': '#ff8a80',
    '--mantine-color-red-outline': '#ff8a80',
    '--mantine-color-orange-outline': '#f0b04a',
    '--page': '#11191d',
    '--card': '#1a252a',
    '--line': '#304047',
    '--minor': '#9db0b7',
    '--notable': '#f0b04a',
    '--serious': '#ff8a80',
    '--technical': '#8fb3f5',
    '--well': '#5fc98c'
  }
})
