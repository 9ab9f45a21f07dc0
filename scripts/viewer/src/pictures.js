// Pictures, or the top frames of a video: image with the map laid over it.
import { drawCurve } from './curve.js'
import * as page from './page.js'

async function decode(element) {
  await element.decode()
  return element
}

async function start() {
  const facts = page.readFacts()
  const { grid, slices, timeline } = facts
  const [rows, columns, count] = grid.shown
  const values = new Uint16Array(await page.unpack('map-data')) // [picture][row][column], 65535 is 1
  const images = await Promise.all([...document.querySelectorAll('#images img')].map(decode))
  const canvas = page.byId('picture')
  const context = canvas.getContext('2d')
  Object.assign(canvas, { width: columns, height: rows })
  canvas.style.setProperty('--ratio', columns / rows)
  const overlay = new OffscreenCanvas(columns, rows)
  const tables = page.readColours(facts)
  let look = null
  let here = { row: 0, column: 0, picture: 0 }

  const paintOverlay = () => {
    const pixels = new ImageData(columns, rows)
    const table = tables[look.colours]
    const first = here.picture * rows * columns
    for (let pixel = 0; pixel < rows * columns; pixel++) {
      const value = values[first + pixel] / 65535
      if (value < look.threshold) continue
      const colour = 3 * Math.min(255, Math.floor(value * 256))
      pixels.data.set([table[colour], table[colour + 1], table[colour + 2], 255 * look.opacity], 4 * pixel)
    }
    overlay.getContext('2d').putImageData(pixels, 0, 0)
  }
  const draw = () => {
    context.drawImage(images[here.picture], 0, 0, columns, rows)
    context.drawImage(overlay, 0, 0)
    const width = Math.max(1, Math.round(Math.max(rows, columns) / 500))
    const reach = Math.max(rows, columns) / 25
    const [x, y] = [here.column + 0.5, here.row + 0.5]
    for (const [colour, thick] of [['#000a', 3 * width], ['#35e0ff', width]]) {
      context.strokeStyle = colour
      context.lineWidth = thick
      context.beginPath()
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + (dx * reach) / 4, y + (dy * reach) / 4)
        context.lineTo(x + dx * reach, y + dy * reach)
      }
      context.stroke()
    }
  }
  let mark = () => {}
  const go = (to) => {
    const other = to.picture !== here.picture
    const inside = (value, length) => Math.min(Math.max(Math.round(value), 0), length - 1)
    here = { row: inside(to.row, rows), column: inside(to.column, columns), picture: inside(to.picture, count) }
    if (other) paintOverlay()
    draw()
    mark(here.picture)
    const index = [here.row, here.column, here.picture].map((at, axis) => grid.offset[axis] + grid.step[axis] * at)
    const [column, row] = page.transform(grid.toSource, index).map(Math.round)
    const score = slices.scores[here.picture]
    const value = values[(here.picture * rows + here.row) * columns + here.column] / 65535
    page.say({
      'at-place': `column ${column}, row ${row}`,
      'at-map': value.toFixed(4),
      'at-slice': `${slices.labels[here.picture]}, score ${score === null ? '– (not scored)' : score.toFixed(3)}`
    })
    canvas.setAttribute('aria-label', `Picture ${slices.labels[here.picture]} with the anomaly map laid over it`)
  }
  const controls = page.wireControls((settings) => {
    look = settings
    paintOverlay()
    draw()
    page.paintScale(tables[look.colours])
  })

  const slider = page.byId('slice')
  if (timeline) {
    const top = timeline.marked // positions in the timeline of the pictures, in their order
    const goTo = (picture) => go({ ...here, picture })
    const nearest = (position) => {
      const away = top.map((at) => Math.abs(timeline.positions[at] - timeline.positions[position]))
      goTo(away.indexOf(Math.min(...away)))
    }
    const move = drawCurve({ ...timeline, threshold: facts.threshold }, nearest)
    mark = (picture) => {
      slider.value = picture
      slider.setAttribute('aria-valuetext', slices.labels[picture])
      move(top[picture])
    }
    slider.addEventListener('input', () => goTo(Number(slider.value)))
  }

  const pointed = (event) => {
    const box = canvas.getBoundingClientRect()
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
    go({ ...here, row: Math.floor(y * rows), column: Math.floor(x * columns) })
  }
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId)
    pointed(event)
  })
  canvas.addEventListener('pointermove', (event) => canvas.hasPointerCapture(event.pointerId) && pointed(event))

  const shownAt = ([row, column, picture]) => ({
    row: (row - grid.offset[0]) / grid.step[0], column: (column - grid.offset[1]) / grid.step[1], picture
  })
  const findings = page.wireFindings(facts.findings, (place) => go(shownAt(place)))
  const move = (row, column, picture) => () =>
    go({ row: here.row + row, column: here.column + column, picture: here.picture + picture })
  page.wireKeys(canvas, {
    ArrowRight: move(0, 1, 0), ArrowLeft: move(0, -1, 0), ArrowUp: move(-1, 0, 0), ArrowDown: move(1, 0, 0),
    PageUp: move(0, 0, 1), PageDown: move(0, 0, -1),
    n: () => findings.step(1), p: () => findings.step(-1), o: controls.toggle
  })
  here.picture = -1 // whatever comes first is another one
  go(shownAt(facts.start.place))
  if (facts.findings.length) findings.choose(0)
}

page.run(start)
