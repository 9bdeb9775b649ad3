// Express 5, CommonJS: routers within routers, mounted behind a parameter, and controllers that are classes.
const express = require('express');

const sales = Array.from({ length: process.env.MENDED ? 60 : 4_000 }, (_, i) => (i * 7_919) % 1_000);

// culprit
function comparePairs(amounts) {
  let alike = 0;
  for (const one of amounts) {
    for (const other of amounts) if ((one * 31 + other) % 97 === (other * 17 + one) % 89) alike++;
  }
  return alike;
}

class ReportController {
  list = (request, response) => response.json({ of: request.params.tenant, pairs: this.#pairs() });

  #pairs() {
    return comparePairs(sales);
  }
}

const reports = new ReportController();
const tenant = express.Router({ mergeParams: true });
tenant.get('/reports', reports.list);
const api = express.Router();
api.use('/tenants/:tenant', tenant);
const app = express();
app.use('/api/v1', api);
app.get('/health', (_request, response) => response.json({ ok: true }));

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
