// Writes spec/vectors/*.json: what the reference implementation, Microsoft's
// adaptivecards-templating and adaptive-expressions, makes of templates.
//
//     node --preserve-symlinks --preserve-symlinks-main build/npm/vectors/make.mjs
//
// A vector is [template, result]: both JSON texts, the result null where the
// reference fails. A file is { data, host, vectors }. Each case is rendered from
// fresh data, in UTC, at one moment; the locales below are loaded into dayjs, as
// a program that wants them has to do.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

process.env.TZ = "UTC";
const NOW = Date.UTC(2027, 2, 28, 9, 30, 15, 250);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length ? args : [NOW]));
  }
  static now() {
    return NOW;
  }
};

const require = createRequire(import.meta.url);
const { Template } = require("adaptivecards-templating");
for (const name of ["de", "fr", "es", "it", "nl", "pt", "pl", "sv", "ja", "da", "nb", "fi", "cs"]) {
  require("dayjs/locale/" + name);
}

const here = dirname(fileURLToPath(import.meta.url));
const cases = JSON.parse(readFileSync(join(here, "cases.json"), "utf8"));

function render(template, data, host) {
  try {
    const copy = JSON.parse(JSON.stringify({ template, data, host }));
    const result = new Template(copy.template)
      .expand({ $root: copy.data, $host: copy.host });
    return JSON.stringify(result) ?? "null";
  } catch {
    return null;
  }
}

// Every way to put one of `with` in the place of each _.
function spread(form, fillers) {
  const at = form.indexOf("_");
  if (at < 0) return [form];
  const rests = spread(form.slice(at + 1), fillers);
  return fillers.flatMap((filler) =>
    rests.map((rest) => form.slice(0, at) + filler + rest));
}

for (const [name, file] of Object.entries(cases)) {
  const templates = (file.templates ?? [])
    .concat((file.expressions ?? []).map((one) => "${" + one + "}"))
    .concat((file.forms ?? []).flatMap(([form, fillers]) =>
      spread(form, fillers ?? file.fillers).map((one) => "${" + one + "}")));
  const vectors = [...new Set(templates.map((one) => JSON.stringify(one)))]
    .map((text) => [text, render(JSON.parse(text), file.data, file.host)]);
  const lines = vectors.map((one) => "    " + JSON.stringify(one));
  writeFileSync(join(here, name + ".json"), `{
  "data": ${JSON.stringify(file.data ?? null)},
  "host": ${JSON.stringify(file.host ?? null)},
  "vectors": [
${lines.join(",\n")}
  ]
}
`);
  console.log(name, vectors.length,
    vectors.filter(([, result]) => result === null).length, "fail");
}
