// Which function a profile of another tool blames: the function of the service's own file that the most samples are
// charged to, where a sample is charged to the innermost such function on its stack. Null where there is none.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';

/** The function that most is charged to. */
function heaviest(charges) {
  const totals = new Map();
  for (const [name, weight] of charges) totals.set(name, (totals.get(name) ?? 0) + weight);
  return [...totals].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

const fileIn = (folder, ending) => {
  const found = readdirSync(folder, { recursive: true }).find((name) => name.endsWith(ending));
  if (found === undefined) throw new Error(`no file *${ending}`);
  return join(folder, found);
};

/** Of a V8 CPU profile. */
export function heaviestIn(profile, file) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const owners = new Map();
  const walk = (node, owner) => {
    const { functionName, url } = node.callFrame;
    const own = url.endsWith(file) ? functionName : owner;
    owners.set(node.id, own);
    for (const child of node.children ?? []) walk(nodes.get(child), own);
  };
  walk(profile.nodes[0], null);
  return heaviest(
    profile.nodes.map(({ id, hitCount }) => [owners.get(id), hitCount]).filter(([owner]) => owner !== null),
  );
}

export const cpuProfileName = ({ folder, file }) =>
  heaviestIn(JSON.parse(readFileSync(fileIn(folder, '.cpuprofile'), 'utf8')), file);

/** 0x writes trees of `{ name: 'rankNames file:///srv/app.mjs:8:19', top, children }`. */
export function zeroXName({ folder, file }) {
  const [stacks] = readdirSync(folder, { recursive: true }).filter((name) => /stacks\.\d+\.json$/.test(name));
  const charges = [];
  const walk = ({ name, top, children = [] }, owner) => {
    const own = name.includes(file) ? name.split(' ')[0] : owner;
    if (own !== null) charges.push([own, top]);
    for (const child of children) walk(child, own);
  };
  walk(JSON.parse(readFileSync(join(folder, stacks), 'utf8')).merged, null);
  return heaviest(charges);
}

/** clinic keeps the stacks that its page is made from, the outermost frame first. */
export function clinicFlameName({ folder, file }) {
  const stacks = JSON.parse(readFileSync(fileIn(folder, '.clinic-flame-samples'), 'utf8'));
  const owners = stacks.map((stack) => stack.findLast(({ name }) => name.includes(file))?.name.split(' ')[0]);
  return heaviest(owners.filter((owner) => owner !== undefined).map((owner) => [owner, 1]));
}

/** Of a pprof profile, whose stacks begin with the innermost frame. */
export function pprofName({ folder, file }) {
  const bytes = readFileSync(fileIn(folder, '.pb'));
  const profile = Profile.decode(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes);
  const { strings } = profile.stringTable;
  const functions = new Map(profile.function.map((each) => [each.id, each]));
  const locations = new Map(profile.location.map(({ id, line }) => [id, functions.get(line[0].functionId)]));
  const charges = profile.sample.flatMap(({ locationId, value }) => {
    const own = locationId
      .map((id) => locations.get(id))
      .find((each) => strings[Number(each.filename)].endsWith(file));
    return own === undefined ? [] : [[strings[Number(own.name)], Number(value.at(-1))]];
  });
  return heaviest(charges);
}

/** blocked-at prints where the asynchronous work that blocked was begun. */
export function blockedAtNames({ output, file }) {
  const frames = output.split(/[|\n]/).filter((frame) => frame.includes(file));
  return heaviest(frames.map((frame) => [/at (?:async )?([\w$.]+) \(/.exec(frame)?.[1] ?? '(anonymous)', 1]));
}
