// What the code of docs/account.md finds besides what README.md's finds: a page without a button.
Object.assign(globalThis, { document: { querySelector: () => null } })
