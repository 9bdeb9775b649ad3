// Every request leaves an entry in a map that nothing ever empties.
import http from 'node:http';

const seen = new Map();

function remember(key) {
  seen.set(key, { key, payload: Array.from({ length: 2000 }, (_, i) => i + key) });
}

let next = 0;
const server = http.createServer((_request, response) => {
  remember(next++);
  response.end('remembered');
});
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
