// Text files that are embedded into the binary: `import text from './x.py' with { type: 'text' }`.

declare module '*.py' {
  const text: string
  // biome-ignore lint/style/noDefaultExport: that is how text modules are imported
  export default text
}

declare module '*.sh' {
  const text: string
  // biome-ignore lint/style/noDefaultExport: that is how text modules are imported
  export default text
}

declare module '*.Dockerfile' {
  const text: string
  // biome-ignore lint/style/noDefaultExport: that is how text modules are imported
  export default text
}

declare module '*.md' {
  const text: string
  // biome-ignore lint/style/noDefaultExport: that is how text modules are imported
  export default text
}

declare module '*.css' {
  const text: string
  // biome-ignore lint/style/noDefaultExport: that is how text modules are imported
  export default text
}

declare module '*/sort-tables.js' {
  const text: string
  // biome-ignore lint/style/noDefaultExport: that is how text modules are imported
  export default text
}
