import { createAsyncStorage } from '@react-native-async-storage/async-storage'
import { createSession } from 'token-handoff'

export const session = createSession({
  baseUrl: 'https://api.example.com',
  storage: createAsyncStorage('session'),
})

// 'unknown' until the storage has been read: show the splash screen as long.
export const started = session.ready()
