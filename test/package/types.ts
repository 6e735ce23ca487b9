import { relative } from 'node:path'
import ts from 'typescript'

const { ModuleKind, ModuleResolutionKind } = ts

/** How consumers let TypeScript resolve packages. */
const resolutions = {
  node16: { module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 },
  nodenext: { module: ModuleKind.NodeNext, moduleResolution: ModuleResolutionKind.NodeNext },
  bundler: { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler },
} as const

/**
 * What TypeScript says, as strict as it can be, of the files and of the library's own types in that folder, one
 * sentence each. That is what it says without skipLibCheck; with it, it says less.
 */
export function complaintsAbout(files: string[], folder: string, resolution: Resolution): string[] {
  const options: ts.CompilerOptions = {
    ...resolutions[resolution],
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    esModuleInterop: true,
    skipLibCheck: false,
    noEmit: true,
  }
  const host = ts.createCompilerHost(options)
  host.getCurrentDirectory = () => folder
  const program = ts.createProgram(files, options, host)
  // The others are the peers' own affair.
  const checked = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(folder))
  if (!checked.some(({ fileName }) => fileName.includes('/token-handoff/dist/')))
    return ['The library has no types.']
  const found = [program.getOptionsDiagnostics(), program.getGlobalDiagnostics()]
  for (const file of checked)
    found.push(program.getSyntacticDiagnostics(file), program.getSemanticDiagnostics(file))
  return found.flat().map(({ file, messageText, start = 0 }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ')
    if (!file) return text
    const { line } = file.getLineAndCharacterOfPosition(start)
    return `${relative(folder, file.fileName)}:${line + 1} ${text}`
  })
}

export type Resolution = keyof typeof resolutions

/** JavaScript for a Node that knows no types. */
export function compile(code: string, kind: 'm' | 'c'): string {
  const module = kind === 'm' ? ModuleKind.ESNext : ModuleKind.CommonJS
  const compilerOptions = { module, target: ts.ScriptTarget.ES2022, esModuleInterop: true }
  return ts.transpileModule(code, { compilerOptions }).outputText
}
