// The curve of scores: a picture to look at and to click on; the slider below it does the same by keyboard.
import { byId } from './page.js'

const SVG = 'http://www.w3.org/2000/svg'
const [WIDTH, HEIGHT, EDGE] = [1000, 220, 8]

function add(parent, name, attributes) {
  const element = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  return parent.appendChild(element)
}

/**
 * Draw the curve.
 * @param {{positions: number[], scores: (number|null)[], threshold: number}} data a score that is null is a gap
 * @param {(index: number) => void} go called with the nearest scored or shown index
 * @returns {(index: number) => void} moves the mark
 */
export function drawCurve({ positions, scores, marked, threshold }, go) {
  const svg = byId('curve')
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`)
  svg.setAttribute('preserveAspectRatio', 'none')
  const first = positions[0]
  const extent = positions[positions.length - 1] - first || 1
  const x = (index) => EDGE + ((WIDTH - 2 * EDGE) * (positions[index] - first)) / extent
  const y = (score) => HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * score

  add(svg, 'line', { class: 'threshold', x1: 0, x2: WIDTH, y1: y(threshold), y2: y(threshold) })
  let path = ''
  scores.forEach((score, index) => {
    if (score === null) return
    const begins = index === 0 || scores[index - 1] === null
    const point = `${x(index).toFixed(1)} ${y(score).toFixed(1)}`
    path += begins ? `M${point}h0.01` : `L${point}` // a score between gaps is a dot
  })
  add(svg, 'path', { class: 'scores', d: path })
  for (const index of marked ?? []) {
    if (scores[index] !== null) add(svg, 'path', { class: 'dot', d: `M${x(index)} ${y(scores[index])}h0.01` })
  }
  const mark = add(svg, 'line', { class: 'mark', y1: 0, y2: HEIGHT })

  const choose = (event) => {
    const box = svg.getBoundingClientRect()
    const at = ((event.clientX - box.left) / box.width) * WIDTH
    let nearest = 0
    for (let index = 1; index < positions.length; index++) {
      if (Math.abs(x(index) - at) < Math.abs(x(nearest) - at)) nearest = index
    }
    go(nearest)
  }
  svg.addEventListener('pointerdown', (event) => {
    svg.setPointerCapture(event.pointerId)
    choose(event)
  })
  svg.addEventListener('pointermove', (event) => svg.hasPointerCapture(event.pointerId) && choose(event))
  return (index) => {
    mark.setAttribute('x1', x(index))
    mark.setAttribute('x2', x(index))
  }
}
