// Express 5: a handler answers and goes on with a promise that nobody awaits.
const { setTimeout: sleep } = require('node:timers/promises');
const express = require('express');

const batches = process.env.MENDED ? 0 : 10;

// culprit
function scoreBatch(batch) {
  let score = batch;
  for (let round = 0; round < 800_000; round++) score = (score * 31 + round) % 1_000_003;
  return score;
}

async function scoreCustomer() {
  for (let batch = 0; batch < batches; batch++) {
    scoreBatch(batch);
    await sleep(2);
  }
}

const app = express();
app.post('/customers/:id/score', (_request, response) => {
  response.status(202).json({ accepted: true });
  void scoreCustomer();
});
app.get('/health', (_request, response) => response.json({ ok: true }));

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
