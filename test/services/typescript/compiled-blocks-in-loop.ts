// TypeScript, compiled with source maps: what runs is not what was written.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { priceBasket } from './pricing.ts';

const basket = [
  { sku: 'a', quantity: 2 },
  { sku: 'b', quantity: 5 },
];

const server = createServer((request, response) => {
  response.end(request.url?.startsWith('/baskets/') ? String(priceBasket(basket)) : 'ok');
});
server.listen(0, '127.0.0.1', () => {
  console.log('ready', (server.address() as AddressInfo).port);
});
