// Microseconds of CPU that the reference implementation takes for a card, to
// JSON text, for spec/bench/template.lua.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const { Template } = require("adaptivecards-templating");
const { card, data, rounds } = JSON.parse(readFileSync(0, "utf8"));
const template = new Template(JSON.parse(card));
const work = () => JSON.stringify(template.expand({ $root: data }));
for (let i = 0; i < rounds / 10; i++) work();
const before = process.cpuUsage();
for (let i = 0; i < rounds; i++) work();
const { user, system } = process.cpuUsage(before);
console.log((user + system) / rounds);
