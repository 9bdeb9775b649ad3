// Bare node:http, CommonJS: a large document is parsed for every request instead of once.
const { createServer } = require('node:http');

const text = JSON.stringify(Array.from({ length: 1_500_000 }, (_, id) => id * 1.37));

// culprit
function loadCatalogue() {
  return JSON.parse(text);
}

const once = process.env.MENDED ? loadCatalogue() : null;

const server = createServer((request, response) => {
  const size = request.url === '/catalogue/size' ? (once ?? loadCatalogue()).length : 0;
  response.end(String(size));
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
