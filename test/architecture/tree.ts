/**
 * The paths that a tree of a page names: one name a line, below the folder that is indented less, and then what it is
 * for. A line whose first word is no name goes on with the words of the line before.
 */
export function pathsOf(tree: string): string[] {
  const folders: { readonly indent: number; readonly path: string }[] = []
  return tree.split('\n').flatMap((line) => {
    const [, blank = '', name = ''] = /^( *)(\S+)/.exec(line) ?? []
    if (!/^[\w-]+(\/|\.ts)$/.test(name)) return []
    while (folders.length > 0 && folders.at(-1)!.indent >= blank.length) folders.pop()
    const path = (folders.at(-1)?.path ?? '') + name
    if (name.endsWith('/')) folders.push({ indent: blank.length, path })
    return [path]
  })
}
