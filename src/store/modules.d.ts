// `@types/better-sqlite3` knows no subpaths; each exports what the package itself does.
declare module 'better-sqlite3/linux-x64' {
  import Database from 'better-sqlite3'
  // biome-ignore lint/style/noDefaultExport: that is how the package exports it
  export default Database
}

declare module 'better-sqlite3/linux-arm64' {
  import Database from 'better-sqlite3'
  // biome-ignore lint/style/noDefaultExport: that is how the package exports it
  export default Database
}

declare module '*.sql' {
  const text: string
  // biome-ignore lint/style/noDefaultExport: that is how text modules are imported
  export default text
}
