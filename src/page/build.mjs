// Builds the page: one script, one style sheet, one document, in the folder named last.
//
//   node build.mjs OUT
import { build } from "esbuild";
import { copyFile, mkdir } from "node:fs/promises";

const out = process.argv[2];
await mkdir(out, { recursive: true });
await build({
  entryPoints: ["main.jsx"],
  outfile: `${out}/page.js`,
  bundle: true,
  minify: true,
  legalComments: "linked",
  format: "iife",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
});
for (const name of ["index.html", "page.css"]) {
  await copyFile(name, `${out}/${name}`);
}
