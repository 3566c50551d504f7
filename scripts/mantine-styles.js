/** A component of Mantine brings its own styles, so that a page loads the styles of what it shows and no others. */

/** A module with the class names of a component; its style sheet has the same name. */
const CLASS_NAMES = /@mantine\/core\/esm\/.*\/(\w+)\.module\.mjs$/

/** A plugin for Vite. It takes the styles in layers: our own win then, whatever the order. */
export function mantineStyles () {
  return {
    name: 'mantine-styles',
    transform: {
      filter: { id: CLASS_NAMES },
      handler: (code, id) => ({
        code: `import '@mantine/core/styles/${CLASS_NAMES.exec(id)?.[1]}.layer.css'\n${code}`,
        map: null
      })
    }
  }
}
