// A volume in three linked planes and as a 3-D render.
import { MULTIPLANAR_TYPE, NVImage, Niivue, SHOW_RENDER, SLICE_TYPE } from '@niivue/niivue'
import { drawCurve } from './curve.js'
import * as page from './page.js'

const BELOW_IS_CLEAR = 2 // niivue's colormapType: colours from 0 to the largest value, nothing below the smallest
const LAYOUTS = { all: SLICE_TYPE.MULTIPLANAR, axial: SLICE_TYPE.AXIAL, coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL, render: SLICE_TYPE.RENDER }

/** The grid of the picture: to millimetres and back, to the voxels shown, to those of the source. */
class Grid {
  constructor({ toMm, fromMm, toSource, step, offset, shown }) {
    Object.assign(this, { toMm, fromMm, toSource, step, offset, shown })
  }

  at = (mm) => page.transform(this.fromMm, mm)

  /** Source voxel of the shown voxel at a place, which is the one whose value is read. */
  sourceVoxel(mm) {
    const index = this.at(mm).map((value, axis) => {
      const nearest = Math.round((value - this.offset[axis]) / this.step[axis])
      return this.offset[axis] + this.step[axis] * Math.min(Math.max(nearest, 0), this.shown[axis] - 1)
    })
    return page.transform(this.toSource, index).map(Math.round)
  }

  /** The same place in another slice. */
  inSlice(mm, slice) {
    const [row, column] = this.at(mm)
    return page.transform(this.toMm, [row, column, slice])
  }

  slice(mm, count) {
    return Math.min(Math.max(Math.round(this.at(mm)[2]), 0), count - 1)
  }
}

const inNiivuesForm = (table) => {
  const channel = (offset) => Array.from({ length: 256 }, (_, step) => table[3 * step + offset])
  const steps = Array.from({ length: 256 }, (_, step) => step)
  return { R: channel(0), G: channel(1), B: channel(2), A: steps.map(() => 255), I: steps }
}

async function start() {
  const facts = page.readFacts()
  const grid = new Grid(facts.grid)
  const canvas = page.byId('picture')
  const viewer = new Niivue({
    backColor: [0, 0, 0, 1], crosshairColor: [0.21, 0.88, 1, 0.9], crosshairWidth: 0.6, crosshairGap: 4, fontColor: [0.95, 0.96, 0.97, 1],
    isRadiologicalConvention: true, multiplanarShowRender: SHOW_RENDER.ALWAYS, sliceType: SLICE_TYPE.MULTIPLANAR,
    multiplanarLayout: MULTIPLANAR_TYPE.GRID,
    show3Dcrosshair: true, dragAndDropEnabled: false, isAntiAlias: false, multiplanarPadPixels: 4,
    viewModeHotKey: '', clipPlaneHotKey: '', cycleClipPlaneHotKey: '', logLevel: 'error', loadingText: ''
  })
  await viewer.attachToCanvas(canvas, false)
  const tables = page.readColours(facts)
  for (const [name, table] of Object.entries(tables)) viewer.addColormap(name, inNiivuesForm(table))
  const [black, white] = [0, 255]
  const image = await NVImage.new(await page.unpack('image-data'), 'image.nii', 'gray', 1, null, black, white)
  const map = await NVImage.new(await page.unpack('map-data'), 'map.nii', facts.start.colours, 0, null, 0, 1)
  map.colormapType = BELOW_IS_CLEAR
  // Not by addVolume: each call would compute all textures anew, and the controls do so once below.
  Object.assign(viewer, { volumes: [image, map], back: image, overlays: [map] })

  let here = facts.start.place
  const go = (mm) => {
    viewer.scene.crosshairPos = viewer.mm2frac([...mm], 0, true)
    viewer.createOnLocationChange()
    viewer.drawScene()
  }
  const { slices } = facts
  const slider = page.byId('slice')
  const goToSlice = (index) => go(grid.inSlice(here, index))
  const mark = drawCurve({ ...slices, threshold: facts.threshold }, goToSlice)
  slider.addEventListener('input', () => goToSlice(Number(slider.value)))

  viewer.onLocationChange = ({ mm, values }) => {
    here = [...mm.slice(0, 3)]
    const slice = grid.slice(here, slices.scores.length)
    slider.value = slice
    mark(slice)
    const score = slices.scores[slice]
    page.say({
      'at-place': page.sayPlace(here),
      'at-voxel': grid.sourceVoxel(here).join(', '),
      'at-map': values[1].value.toFixed(4),
      'at-slice': `${slices.labels[slice]}, score ${score === null ? '– (not scored)' : score.toFixed(3)}`
    })
    slider.setAttribute('aria-valuetext', page.byId('at-slice').textContent)
    page.byId('at-place').dataset.mm = here.join(' ')
  }

  const controls = page.wireControls(({ threshold, opacity, colours }) => {
    if (map.colormap !== colours) map.colormap = colours // sets the range anew, so the range comes after it
    map.cal_min = threshold
    map.cal_max = 1
    map.opacity = opacity
    viewer.updateGLVolume()
    page.paintScale(tables[colours])
  }, () => Object.assign(image, { cal_min: black, cal_max: white })) // a drag for contrast sets them
  const layout = page.byId('layout')
  layout.addEventListener('change', () => viewer.setSliceType(LAYOUTS[layout.value]))

  const findings = page.wireFindings(facts.findings, go)
  const move = (...by) => () => viewer.moveCrosshairInVox(...by)
  page.wireKeys(canvas, {
    ArrowRight: move(-1, 0, 0), ArrowLeft: move(1, 0, 0), ArrowUp: move(0, 1, 0), ArrowDown: move(0, -1, 0),
    PageUp: move(0, 0, 1), PageDown: move(0, 0, -1),
    n: () => findings.step(1), p: () => findings.step(-1), o: controls.toggle
  })
  if (facts.findings.length) findings.choose(0)
  else go(facts.start.place)
}

page.run(start)
