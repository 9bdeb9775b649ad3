// Fastify 5, CommonJS: templates are modules, loaded anew for every request.
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const fastify = require('fastify');

const folder = mkdtempSync(join(tmpdir(), 'templates-'));
const templates = Array.from({ length: 400 }, (_, id) => join(folder, `template-${id}.js`));
for (const file of templates) {
  writeFileSync(file, `module.exports = ${JSON.stringify(Array.from({ length: 3_000 }, () => 'text'))};\n`);
}
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

// culprit
function loadTemplates() {
  let size = 0;
  for (const file of templates) {
    if (!process.env.MENDED) delete require.cache[file];
    size += require(file).length;
  }
  return size;
}

loadTemplates();
const app = fastify();
app.get('/pages/:page', async () => ({ size: loadTemplates() }));
app.get('/health', async () => ({ ok: true }));
app.listen({ port: 0, host: '127.0.0.1' }).then(() => console.log('ready', app.server.address().port));
