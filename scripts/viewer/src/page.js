// What every page of a case has: the data inside it, the controls, the readout.

export const byId = (id) => document.getElementById(id)

/** The page's own facts and numbers. */
export const readFacts = () => JSON.parse(byId('facts').textContent)

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

/** A compressed block of the page, unpacked. */
export async function unpack(id) {
  const block = byId(id)
  const packed = new Blob([bytesOf(block.textContent.trim())])
  block.textContent = '' // its memory is no longer needed
  return new Response(packed.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer()
}

/** Colour maps by name: 256 × RGB. */
export const readColours = (facts) =>
  Object.fromEntries(Object.entries(facts.colours).map(([name, packed]) => [name, bytesOf(packed)]))

/** Row-major 4 × 4 matrix times a point. */
export const transform = (matrix, [x, y, z]) =>
  matrix.slice(0, 3).map(([a, b, c, d]) => a * x + b * y + c * z + d)

/** A point in RAS millimetres as readers of images say it: "L 25.0, A 2.0, S 25.0 mm". */
export function sayPlace(point) {
  const letters = ['RL', 'AP', 'SI']
  return `${point.map((value, axis) => `${letters[axis][value < 0 ? 1 : 0]} ${Math.abs(value).toFixed(1)}`).join(', ')} mm`
}

/** Fill in the readout under the picture. */
export function say(values) {
  for (const [id, text] of Object.entries(values)) byId(id).textContent = text
}

/**
 * Wire threshold, opacity, colour map and the switch of the overlay; `change` gets all four.
 * The button that puts them back calls `undo` first, for what else has been changed.
 */
export function wireControls(change, undo = () => {}) {
  const [threshold, opacity, colours, shown] = ['threshold', 'opacity', 'colours', 'shown'].map(byId)
  const tell = () => {
    byId('threshold-value').textContent = Number(threshold.value).toFixed(3)
    byId('opacity-value').textContent = `${Math.round(opacity.value * 100)} %`
    byId('scale').dataset.colours = colours.value
    change({
      threshold: Number(threshold.value),
      opacity: shown.checked ? Number(opacity.value) : 0,
      colours: colours.value
    })
  }
  for (const control of [threshold, opacity, colours, shown]) control.addEventListener('input', tell)
  byId('reset').addEventListener('click', () => {
    for (const control of [threshold, opacity]) control.value = control.defaultValue
    colours.selectedIndex = 0
    shown.checked = true
    undo()
    tell()
  })
  tell()
  return { toggle: () => shown.click() }
}

/** Paint the scale of colours from 0 to 1. */
export function paintScale(table) {
  const canvas = byId('scale')
  canvas.width = 256
  canvas.height = 1
  const pixels = new ImageData(256, 1)
  for (let step = 0; step < 256; step++) pixels.data.set([...table.subarray(3 * step, 3 * step + 3), 255], 4 * step)
  canvas.getContext('2d').putImageData(pixels, 0, 0)
}

/** Wire the list of findings; returns how to go to the next or the one before. */
export function wireFindings(places, go) {
  const rows = [...document.querySelectorAll('#findings tbody tr')]
  let chosen = -1
  const choose = (number) => {
    if (!rows.length) return
    chosen = (number + rows.length) % rows.length
    rows.forEach((row, index) => row.classList.toggle('chosen', index === chosen))
    const box = rows[chosen].closest('.scroll') // the page itself stays where it is
    const [top, bottom] = [rows[chosen].offsetTop - rows[chosen].offsetHeight, rows[chosen].offsetTop]
    if (top < box.scrollTop) box.scrollTop = top
    else if (bottom + 2 * rows[chosen].offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = bottom
    go(places[chosen])
  }
  rows.forEach((row, index) => row.addEventListener('click', () => choose(index)))
  return { step: (by) => choose(chosen < 0 && by < 0 ? rows.length - 1 : chosen + by), choose }
}

/** Keys of the picture: name of the key to what it does. */
export function wireKeys(element, actions) {
  element.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !actions[event.key]) return
    event.preventDefault()
    event.stopImmediatePropagation()
    actions[event.key]()
  })
}

/** Run a page's script; what goes wrong is said on the page. */
export async function run(start) {
  try {
    await start()
    document.body.dataset.state = 'ready'
  } catch (error) {
    document.body.dataset.state = 'failed'
    byId('trouble').textContent = `This page could not be shown: ${error.message}`
    byId('trouble').hidden = false
    throw error
  }
}
