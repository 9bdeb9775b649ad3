// Hapi, CommonJS: an export is compressed synchronously.
const { randomBytes } = require('node:crypto');
const { gzipSync } = require('node:zlib');
const Hapi = require('@hapi/hapi');

const bytes = process.env.MENDED ? 2_000 : 3_000_000;
const table = Buffer.from(randomBytes(bytes).toString('hex'));

// culprit
function packExport() {
  return gzipSync(table).length;
}

async function start() {
  const server = Hapi.server({ port: 0, host: '127.0.0.1' });
  server.route({ method: 'GET', path: '/exports/{id}', handler: () => ({ bytes: packExport() }) });
  server.route({ method: 'GET', path: '/health', handler: () => ({ ok: true }) });
  await server.start();
  console.log('ready', server.info.port);
}

start();
