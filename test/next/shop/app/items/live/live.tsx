'use client'

import { useState } from 'react'
import { browserSession } from '../../../browser-session'

export function Live() {
  const [text, setText] = useState('')
  async function load() {
    const response = await browserSession().fetch('/items/7')
    setText(response.ok ? `Item 7 of ${(await response.json()).owner}` : `${response.status}`)
  }
  return (
    <>
      <button type="button" onClick={load}>
        Load
      </button>
      <output>{text}</output>
    </>
  )
}
