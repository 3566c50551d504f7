import type { Key } from './list-text.en.ts'

/** Bangla. */
export const bn: Readonly<Record<Key, string>> = {
  exams: 'আপনার পরীক্ষা',
  openNow: 'এখন খোলা',
  coming: 'সামনে আছে',
  past: 'আগের পরীক্ষা',
  noExams: 'আপনার এখনও কোনো পরীক্ষা নেই। শিক্ষক আপনাকে কোনো পরীক্ষায় যুক্ত করলে বা সবার জন্য খুলে দিলে তা এখানে দেখা যাবে।',
  noneOpen: 'এই মুহূর্তে কোনো পরীক্ষা খোলা নেই। খোলামাত্র এই পাতায় দেখা যাবে।',
  start: 'প্রস্তুত হোন',
  continue: 'চালিয়ে যান',
  running: 'আপনি এই পরীক্ষা শুরু করেছেন, সময় চলছে। সংরক্ষিত উত্তর সব আছে।',
  again: 'আপনি এই পরীক্ষা জমা দিয়েছেন। চাইলে আবার দিতে পারেন।',
  blocked: 'আপনার আরেকটি পরীক্ষা খোলা আছে। আগে সেটি জমা দিন।',
  length: '{{minutes}} মিনিট',
  closes: 'বন্ধ হবে {{time}}',
  opens: 'খুলবে {{time}}',
  opensIn: '{{time}} পরে',
  notTaken: 'দেওয়া হয়নি',
  submittedAt: 'জমা হয়েছে {{time}}',
  pointsOf: '{{max}} নম্বরের মধ্যে {{points}}',
  terminatedShort: 'পরিদর্শক শেষ করেছেন',
  noResultYet: 'ফল এখনও আসেনি'
}
