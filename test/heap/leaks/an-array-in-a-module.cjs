// An audit trail that is only ever added to.
const auditTrail = [];

function record(request) {
  auditTrail.push({
    request,
    at: Date.now(),
    detail: Array.from({ length: 10 }, (_, i) => `${request}.${i}`),
  });
}

void import('./serve.mjs').then(({ serve }) => serve(record));
