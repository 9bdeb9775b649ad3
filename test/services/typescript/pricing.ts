interface Line {
  readonly sku: string;
  readonly quantity: number;
}

const ROUNDS = process.env['MENDED'] === undefined ? 30_000_000 : 1_000;

/** Computes for a tenth of a second. */
// culprit
export function priceBasket(lines: readonly Line[]): number {
  let price = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const line: Line | undefined = lines[round % lines.length];
    price = (price * 31 + (line?.quantity ?? 0)) % 1_000_003;
  }
  return price;
}
