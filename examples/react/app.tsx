import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { createSession } from 'token-handoff'
import { useSession } from 'token-handoff/react'

type User = { name: string }
type Item = { id: number; name: string }

const session = createSession<User>({ baseUrl: import.meta.env.VITE_API_URL })

function App() {
  const { status } = useSession(session)
  return status === 'signed-in' ? <Items /> : <SignIn />
}

function SignIn() {
  const [error, setError] = useState('')
  async function signIn(form: FormData) {
    await session.signIn(Object.fromEntries(form)).catch(error => setError(error.message))
  }
  return (
    <form action={signIn}>
      <input name="email" type="email" aria-label="Email" defaultValue="ada@example.com" />
      <input name="password" type="password" aria-label="Password" defaultValue="password123" />
      <button type="submit">Sign in</button>
      <p role="alert">{error}</p>
    </form>
  )
}

function Items() {
  const { user } = useSession(session)
  const [items, setItems] = useState<Item[]>([])
  const [error, setError] = useState('')

  // After a reload the session is there, but not yet whose it is.
  useEffect(() => {
    if (!user) session.validateToken().catch(error => setError(error.message))
  }, [user])

  // All at once: each answer may bring the next token, and the session sees to it.
  async function load() {
    setItems([])
    setError('')
    await Promise.all([1, 2, 3, 4, 5, 6].map(getItem)).then(setItems, error => setError(error.message))
  }

  return (
    <main>
      <p>Signed in as {user?.name}</p>
      <button type="button" onClick={load}>
        Load
      </button>
      <button type="button" onClick={session.signOut}>
        Sign out
      </button>
      <ul>
        {items.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      <p role="alert">{error}</p>
    </main>
  )
}

async function getItem(id: number): Promise<Item> {
  const response = await session.fetch(`/items/${id}`)
  if (!response.ok) throw new Error(`The server answered with ${response.status}`)
  return response.json()
}

createRoot(document.querySelector('#app')!).render(<App />)
