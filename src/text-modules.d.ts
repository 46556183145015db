/** Text files that are embedded into the binary: `import text from './x.py' with { type: 'text' }`. */
declare module '*.py' {
  const text: string
  export default text
}
