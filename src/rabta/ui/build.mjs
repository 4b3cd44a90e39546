// Bundles islands and styles into dist/, with the files of others that pages need.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { unpack } from "./fonts.mjs";
import { world } from "./world.mjs";

const islands = (await readdir("islands")).filter((name) => !name.startsWith("_"));

await rm("dist", { recursive: true, force: true });
await mkdir("dist/docs", { recursive: true });
await build({
  entryPoints: [
    ...islands.filter((name) => name.endsWith(".ts")).map((name) => `islands/${name}`),
    "styles/rabta.css",
  ],
  entryNames: "[name]",
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: false,
  loader: { ".woff2": "file", ".woff": "empty", ".svg": "file" },
  assetNames: "fonts/[name]",
  logLevel: "warning",
});

for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
  await copyFile(`node_modules/swagger-ui-dist/${name}`, `dist/docs/${name}`);
}
await copyFile("styles/icon.svg", "dist/icon.svg");
await world("dist/world.json");
for (const weight of [400, 700]) {
  const name = `noto-nastaliq-urdu-arabic-${weight}-normal`;
  await unpack(
    `node_modules/@fontsource/noto-nastaliq-urdu/files/${name}.woff`, `dist/fonts/${name}.ttf`);
}

const licences = [
  ["uPlot", "uplot/LICENSE"],
  ["World Atlas (boundaries: Natural Earth, public domain)", "world-atlas/LICENSE"],
  ["i18n-iso-countries (names of countries)", "i18n-iso-countries/LICENSE"],
  ["Noto Nastaliq Urdu", "@fontsource/noto-nastaliq-urdu/LICENSE"],
  ["Swagger UI", "swagger-ui-dist/LICENSE"],
  ["Swagger UI, notice", "swagger-ui-dist/NOTICE"],
  ["Swagger UI, bundled parts", "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt"],
];
const texts = await Promise.all(
  licences.map(async ([name, path]) =>
    `${name}\n\n${await readFile(`node_modules/${path}`, "utf8")}`),
);
await writeFile("dist/LICENCES.txt", texts.join("\n\n----\n\n"));
