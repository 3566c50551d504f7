import { useState } from 'preact/hooks'
import { currentUser, logOut } from './api.ts'
import { CandidatePage } from './pages/candidate.tsx'
import { LoginPage } from './pages/login.tsx'
import { ProctorPage } from './pages/proctor.tsx'
import { chooseLanguage, language, t } from './text/index.ts'

/** The frame around every page: who is logged in decides which page it is. */
export function App () {
  const [user, setUser] = useState(currentUser)
  const leave = () => { logOut().catch(() => {}).finally(() => setUser(undefined)) }
  return (
    <>
      <a class='skip' href='#main'>{t('skip')}</a>
      <header class='bar'>
        <a class='brand' href='/'>
          <img src='/icon.svg' alt='' width='28' height='28' />
          Invigil
        </a>
        {user !== undefined && (
          <span class='quiet'>
            {user.name || user.email} · {t(`role.${user.role}`)}
          </span>
        )}
        <button
          type='button'
          lang={language() === 'en' ? 'bn' : 'en'}
          onClick={() => chooseLanguage(language() === 'en' ? 'bn' : 'en')}
        >
          {language() === 'en' ? 'বাংলা' : 'English'}
        </button>
        {user !== undefined && <button type='button' onClick={leave}>{t('logOut')}</button>}
      </header>
      <main id='main'>
        {user === undefined && <LoginPage onLogin={setUser} />}
        {user?.role === 'student' && <CandidatePage user={user} />}
        {(user?.role === 'teacher' || user?.role === 'admin') && <ProctorPage />}
      </main>
    </>
  )
}
