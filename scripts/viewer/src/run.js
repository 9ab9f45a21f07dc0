// A run's table: sorted by a click on a column, filtered by text and by status.
import { byId, run } from './page.js'

function start() {
  const table = byId('cases')
  const body = table.tBodies[0]
  const rows = [...body.rows]
  const heads = [...table.tHead.rows[0].cells]
  const valueOf = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent

  const sortBy = (column, ascending) => {
    const isNumber = heads[column].classList.contains('number')
    const compare = (one, other) => {
      const [a, b] = [valueOf(one, column), valueOf(other, column)]
      if (a === '' || b === '') return (a === '') - (b === '') // undefined comes last both ways
      const order = isNumber ? a - b : a.localeCompare(b, undefined, { numeric: true })
      return ascending ? order : -order
    }
    body.append(...rows.sort(compare))
    heads.forEach((head, index) => {
      if (index === column) head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending')
      else head.removeAttribute('aria-sort')
    })
  }
  heads.forEach((head, column) => {
    const first = head.classList.contains('number') ? 'descending' : 'ascending' // the highest score comes first
    head.querySelector('button')?.addEventListener('click', () => {
      const now = head.getAttribute('aria-sort')
      sortBy(column, now ? now === 'descending' : first === 'ascending')
    })
  })

  const [search, status] = [byId('search'), byId('status')]
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
    let count = 0
    for (const row of rows) {
      const text = row.textContent.toLowerCase()
      const fits = words.every((word) => text.includes(word)) && (!status.value || row.dataset.status === status.value)
      row.hidden = !fits
      count += fits
    }
    byId('count').textContent = `${count} of ${rows.length} cases`
  }
  for (const control of [search, status]) control.addEventListener('input', filter)
  filter()
}

run(start)
