// Draws the world once, when the package is built: a path per country, and its names.
import { geoNaturalEarth1, geoPath } from "d3-geo";
import { readFile, writeFile } from "node:fs/promises";
import { feature } from "topojson-client";

const WIDTH = 960;
const HEIGHT = 470;
const read = async (path) => JSON.parse(await readFile(`node_modules/${path}`, "utf8"));

export async function world(target) {
  const atlas = await read("world-atlas/countries-110m.json");
  const codes = await read("i18n-iso-countries/codes.json");
  const names = {};
  for (const language of ["en", "ur"])
    names[language] = (await read(`i18n-iso-countries/langs/${language}.json`)).countries;
  const byNumber = new Map(codes.map(([two, , number]) => [number, two]));
  const found = feature(atlas, atlas.objects.countries);
  found.features = found.features.filter(({ id }) => id !== "010"); // Antarctica
  const path = geoPath(geoNaturalEarth1().fitSize([WIDTH, HEIGHT], found)).digits(1);
  const shapes = found.features.map((one) => [byNumber.get(one.id) ?? "", path(one)]);
  const first = (name) => (Array.isArray(name) ? name[0] : name);
  const countries = Object.fromEntries(
    codes.map(([two]) => [two, { en: first(names.en[two]) ?? two, ur: first(names.ur[two]) ?? two }]),
  );
  await writeFile(target, JSON.stringify({ width: WIDTH, height: HEIGHT, shapes, countries }));
}
