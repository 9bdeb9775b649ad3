// A cache of all there is: it fills for a minute, ever slower, because what is asked for is ever more often known.
import { createServer } from 'node:http';

const TILES = 900;
const tiles = new Map();

function tileAt(place) {
  const known = tiles.get(place);
  if (known !== undefined) return known;
  const tile = Array.from({ length: 500 }, (_, line) => ({ line, of: place }));
  tiles.set(place, tile);
  return tile;
}

const server = createServer((request, response) => {
  const size = request.url === '/tiles' ? tileAt(Math.floor(Math.random() * TILES)).length : 0;
  response.end(String(size));
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
