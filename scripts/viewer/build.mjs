// Bundles the pages' scripts into the folder given, with the licences of all that went in.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import esbuild from 'esbuild'

const [out] = process.argv.slice(2)
const here = import.meta.dirname
const built = await esbuild.build({
  entryPoints: ['volume', 'pictures', 'run'].map((name) => join(here, 'src', `${name}.js`)),
  outdir: out,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none', // all licences stand in licences.txt, which goes into the page
  alias: { zarrita: join(here, 'src', 'no_zarr.js') },
  metafile: true,
  logLevel: 'warning'
})

/** Names of the npm packages of which a bundle holds any byte. */
function packagesIn(output) {
  const files = Object.entries(output.inputs).filter(([, input]) => input.bytesInOutput > 0)
  const found = files.map(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
  return [...new Set(found.filter(Boolean))].sort()
}

/** A package's licence: its own file, or the one kept here for a package that comes without. */
function licenceOf(name) {
  const folder = join(here, 'node_modules', name)
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const own = readdirSync(folder).find((file) => /^licen[cs]e(\.\w+)?$/i.test(file))
  const file = own ? join(folder, own) : join(here, 'licences', `${name.replaceAll('/', '_')}.txt`)
  return `${name} ${version} (${license})\n\n${readFileSync(file, 'utf8').trim()}\n`
}

const rule = `\n${'-'.repeat(72)}\n\n`
for (const [path, output] of Object.entries(built.metafile.outputs)) {
  const licences = packagesIn(output).map(licenceOf)
  writeFileSync(path.replace(/\.js$/, '.licences.txt'), licences.join(rule))
}
