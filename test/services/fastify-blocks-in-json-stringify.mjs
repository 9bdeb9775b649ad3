// Fastify 5, ES module: a report is turned into text in one go, past the framework's own serialiser.
import Fastify from 'fastify';

const size = process.env.MENDED ? 200 : 250_000;
const rows = Array.from({ length: size }, (_, id) => ({ id, name: `row ${id}`, values: [id, id * 2] }));

// culprit
function serializeReport(id) {
  const text = JSON.stringify({ id, rows });
  return { id, length: text.length };
}

const app = Fastify();
app.get('/reports/:id', async (request) => serializeReport(request.params.id));
app.get('/health', async () => ({ ok: true }));

await app.listen({ port: 0, host: '127.0.0.1' });
console.log('ready', app.server.address().port);
