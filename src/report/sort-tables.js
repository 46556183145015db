// A click on the head of a column sorts its table: numbers by what they are, and not by how they are written.
for (const table of document.querySelectorAll('table')) {
  const [head] = table.tHead.rows
  for (const cell of head.cells) {
    const button = document.createElement('button')
    button.type = 'button'
    button.append(...cell.childNodes)
    button.addEventListener('click', () => sortBy(table, cell))
    cell.append(button)
  }
}

/** First texts upwards and numbers downwards, then the other way round. */
function sortBy(table, cell) {
  const first = cell.classList.contains('text') ? 'ascending' : 'descending'
  const order = cell.ariaSort !== first ? first : first === 'ascending' ? 'descending' : 'ascending'
  for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort')
  cell.ariaSort = order
  const sign = order === 'ascending' ? 1 : -1
  const [body] = table.tBodies
  const keyOf = (row) => row.cells[cell.cellIndex].dataset.key ?? row.cells[cell.cellIndex].textContent
  const rows = [...body.rows].sort((a, b) => sign * compare(keyOf(a), keyOf(b)))
  body.append(...rows)
}

function compare(a, b) {
  const difference = Number(a) - Number(b)
  return Number.isNaN(difference) ? a.localeCompare(b, 'en', { numeric: true }) : difference
}
