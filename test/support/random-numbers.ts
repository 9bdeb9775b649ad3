/** xorshift: the same numbers in every run. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** The bytes with one to three of them turned, taken out or doubled. */
export function wounded(whole: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(whole);
  for (let wounds = 1 + random(3); wounds > 0; wounds--) {
    const at = random(bytes.length);
    const kind = random(3);
    if (kind === 0) bytes[at]! ^= 1 << random(8);
    else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(kind === 1 ? at + 1 : at - 1)]);
  }
  return bytes;
}
