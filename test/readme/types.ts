import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Checks files as a strict user of the library would; the library's names lead to its sources. */
export function createChecker(files: string[]) {
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
  const { exports } = JSON.parse(ts.sys.readFile(`${ROOT}package.json`)!) as { exports: object }
  const program = ts.createProgram([...files, `${ROOT}src/index.ts`], { ...options, paths: pathsOf(exports) })
  const checker = program.getTypeChecker()

  return {
    /** What is wrong with a file, one sentence each. */
    complaintsAbout(file: string): string[] {
      const source = program.getSourceFile(file)!
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ messageText, start = 0 }) => {
          const { line } = source.getLineAndCharacterOfPosition(start)
          return `line ${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
        },
      )
    },
    /** The names of the members of an interface that the root entry exports. */
    membersOf(name: string): string[] {
      const index = checker.getSymbolAtLocation(program.getSourceFile(`${ROOT}src/index.ts`)!)!
      const exported = checker.getExportsOfModule(index).find(symbol => symbol.name === name)!
      const original = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      return checker
        .getDeclaredTypeOfSymbol(original)
        .getProperties()
        .map(({ name }) => name)
    },
  }
}

/** '.' is src/index.ts, './mock' is src/mock/index.ts, './mock/node' is src/mock/node.ts, './msw' is src/mock/msw.ts. */
function pathsOf(exports: object): Record<string, string[]> {
  return Object.fromEntries(
    Object.keys(exports)
      .filter(subpath => !subpath.endsWith('.json'))
      .map(subpath => {
        const name = subpath.slice(1)
        const places = [
          `src${name}/index.ts`,
          `src${name}.ts`,
          `src/mock${name}.ts`,
          `src/adapters${name}.ts`,
        ]
        return [`token-handoff${name}`, places.map(place => ROOT + place)]
      }),
  )
}
