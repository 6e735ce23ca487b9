import { configureStore } from '@reduxjs/toolkit'
import { createApi, fetchBaseQuery } from '@reduxjs/toolkit/query'
import { onUserChange, session } from './session.ts'

export const api = createApi({
  baseQuery: fetchBaseQuery({ baseUrl: 'https://api.example.com', fetchFn: session.fetch }),
  endpoints: build => ({ item: build.query<Item, number>({ query: id => `/items/${id}` }) }),
})
export const store = configureStore({
  reducer: { [api.reducerPath]: api.reducer },
  middleware: getDefault => getDefault().concat(api.middleware),
})
onUserChange(() => store.dispatch(api.util.resetApiState()))

interface Item {
  id: number
  owner: string
}
