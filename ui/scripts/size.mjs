/**
 * What a browser has to load before it shows anything, and with each page, against the budgets:
 * `size.mjs FOLDER_OF_THE_BUILD KB_OF_SCRIPT KB_OF_STYLE`, all of it compressed.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const KB = 1000;
const [built, entryScript, entryStyle] = process.argv.slice(2);
const BUDGET_KB = { entryScript: Number(entryScript), entryStyle: Number(entryStyle), lazy: 50 };
/** Lazy parts that hold an editor, charts or a graph; each is loaded by the pages that show one. */
const LARGER_KB = [
    [/chart/i, 125],
    [/graph/i, 85],
    [/editor|codemirror/i, 175],
];

const folder = pathToFileURL(`${built}/`);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", folder), "utf-8"));
const gz = (file) => gzipSync(readFileSync(new URL(file, folder)), { level: 9 }).length / KB;

/** An entry with everything it imports at once. */
function closure(key, seen = new Set()) {
    if (!seen.has(key)) {
        seen.add(key);
        for (const imported of manifest[key].imports ?? []) closure(imported, seen);
    }
    return seen;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const initial = closure(entry);
const sum = (files) => files.reduce((total, file) => total + gz(file), 0);
const faults = [];

function check(name, size, budget) {
    if (size > budget) faults.push(`${name}: ${size.toFixed(1)} kB gz, allowed ${budget} kB`);
    return `${name.padEnd(44)} ${size.toFixed(1).padStart(7)} kB gz of ${budget}`;
}

console.log(
    check("initial script", sum([...initial].map((key) => manifest[key].file)), BUDGET_KB.entryScript),
);
console.log(
    check("initial style", sum([...initial].flatMap((key) => manifest[key].css ?? [])), BUDGET_KB.entryStyle),
);
for (const [key, chunk] of Object.entries(manifest)) {
    if (!initial.has(key) && chunk.file.endsWith(".js")) {
        const budget = LARGER_KB.find(([name]) => name.test(chunk.name ?? key))?.[1] ?? BUDGET_KB.lazy;
        const line = check(chunk.name ?? key, gz(chunk.file), budget);
        if (process.argv.includes("--all")) console.log(line);
    }
}
if (faults.length > 0) {
    console.error(`Over the size budget:\n  ${faults.join("\n  ")}`);
    process.exit(1);
}
