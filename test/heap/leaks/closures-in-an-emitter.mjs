// Each request adds a listener that it never removes; its closure keeps the request's body.
import { EventEmitter } from 'node:events';
import { serve } from './serve.mjs';

class PriceFeed extends EventEmitter {}
globalThis.priceFeed = new PriceFeed().setMaxListeners(0);

serve((request) => {
  const body = {
    id: request,
    lines: Array.from({ length: 20 }, (_, line) => `order ${request} line ${line}`),
  };
  globalThis.priceFeed.on('price', () => body.lines.length);
});
