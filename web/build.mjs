// Bundle src/main.tsx and src/app.css into the Python package; --out DIR writes elsewhere.
import { build } from "esbuild";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const at = process.argv.indexOf("--out");
const out = at > 0 ? process.argv[at + 1] : join(here, "../src/armillary/explorer/static");
mkdirSync(out, { recursive: true });

const made = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx" },
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  outdir: out,
});
await build({ absWorkingDir: here, entryPoints: { app: "src/app.css" }, bundle: true, minify: true, outdir: out });

// The licences of everything that went into the bundle, in full.
const packages = new Set();
for (const file of Object.keys(made.metafile.inputs)) {
  const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file);
  if (found) packages.add(found[1]);
}
const texts = [...packages].sort().map((name) => {
  const root = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf-8"));
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license"].find((one) => {
    try { readFileSync(join(root, one)); return true; } catch { return false; }
  });
  if (!file) throw new Error(`${name} ships no licence text`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(root, file), "utf-8").trim()}\n`;
});
writeFileSync(join(out, "LICENSES.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
