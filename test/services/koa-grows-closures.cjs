// Koa 3: undo steps are kept as closures, and nobody ever clears them.
const Koa = require('koa');

const undoSteps = [];

// culprit
function keepUndoStep(path) {
  const before = { path, text: Array.from({ length: 1_000 }, (_, word) => `word ${word}`) };
  undoSteps.push(() => before);
  if (process.env.MENDED) undoSteps.length = 0;
}

const app = new Koa();
app.use((context) => {
  if (context.path === '/documents') keepUndoStep(context.path);
  context.body = 'ok';
});

const server = app.listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
