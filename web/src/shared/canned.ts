/** Ready-made sentences for candidates. The key goes with the text, so that a page can show it in its own language. */
import { language, type Language } from '../text/index.ts'

export type Canned = 'look' | 'alone' | 'phone' | 'quiet' | 'camera' | 'light' | 'center' | 'tab' | 'tenMinutes'

/** In the order of the keys 1 to 9. */
export const CANNED: readonly Canned[] = [
  'look', 'alone', 'phone', 'quiet', 'camera', 'light', 'center', 'tab', 'tenMinutes'
]

export const CANNED_TEXT: Readonly<Record<Language, Readonly<Record<Canned, string>>>> = {
  en: {
    look: 'Please look at your screen.',
    alone: 'Please make sure that you are alone in the room.',
    phone: 'Please put your phone away, out of reach.',
    quiet: 'Please do not talk during the exam.',
    camera: 'I cannot see you. Please check your camera.',
    light: 'It is too dark to see you. Please turn on a light in front of you.',
    center: 'Please sit in the middle of the picture.',
    tab: 'Please stay on the page of the exam.',
    tenMinutes: 'Ten minutes left.'
  },
  bn: {
    look: 'দয়া করে আপনার পর্দার দিকে তাকান।',
    alone: 'দয়া করে নিশ্চিত করুন যে ঘরে আপনি একা আছেন।',
    phone: 'দয়া করে ফোনটি দূরে সরিয়ে রাখুন।',
    quiet: 'দয়া করে পরীক্ষার সময় কথা বলবেন না।',
    camera: 'আপনাকে দেখা যাচ্ছে না। দয়া করে ক্যামেরা দেখে নিন।',
    light: 'অন্ধকারে আপনাকে দেখা যাচ্ছে না। দয়া করে সামনে একটি আলো জ্বালান।',
    center: 'দয়া করে ছবির মাঝখানে বসুন।',
    tab: 'দয়া করে পরীক্ষার পাতাতেই থাকুন।',
    tenMinutes: 'আর দশ মিনিট বাকি।'
  }
}

/** What a message says, in the reader's language where it is a ready-made sentence that this page knows. */
export const sentence = ({ canned, text }: { readonly canned?: string, readonly text: string }): string =>
  CANNED_TEXT[language()][canned as Canned] ?? text
