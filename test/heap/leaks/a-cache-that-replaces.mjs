// Healthy: a cache of fixed size whose entries are replaced all the time. It must not be blamed.
import { serve } from './serve.mjs';

const latest = new Map();

class Quote {
  constructor(request) {
    this.history = Array.from({ length: 20 }, (_, day) => ({ day, price: request * day }));
  }
  last() {
    return this.history.at(-1);
  }
}

for (let slot = 0; slot < 500; slot++) latest.set(slot, new Quote(slot));
serve((request) => latest.set(request % 500, new Quote(request)));
