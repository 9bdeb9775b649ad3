// Express 5, CommonJS: answers are kept by the whole text of the query, of which there is no end.
const express = require('express');

const answers = new Map();
let asked = 0;

// culprit
function search(text) {
  const known = answers.get(text);
  if (known !== undefined) return known;
  const found = Array.from({ length: 300 }, (_, i) => ({ title: `${text}, hit ${i}`, score: i / 300 }));
  answers.set(text, found);
  return found;
}

const app = express();
app.get('/search', (request, response) => {
  const text = process.env.MENDED ? 'always the same' : `${request.query.q} ${asked++}`;
  response.json({ hits: search(text).length });
});
app.get('/health', (_request, response) => response.json({ ok: true }));

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
