/**
 * Runs the npm package remove.bg as it is published. Its host is written into it, so the one request that would go to
 * api.remove.bg goes to the server under test; nothing of the package is changed.
 * argv: the server's origin, the method of the package, a file with its options in JSON.
 */
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');

const [origin, method, optionsFile] = process.argv.slice(2);
const { hostname, port } = new URL(origin);
https.request = (asked, done) => {
  if (asked.host !== 'api.remove.bg') throw new Error(`a request to ${asked.host}`);
  const headers = { ...asked.headers, host: 'api.remove.bg' };
  return http.request({ method: asked.method, path: asked.path, headers, hostname, port, agent: false }, done);
};

require('remove.bg')
  [method](JSON.parse(fs.readFileSync(optionsFile, 'utf8')))
  .then(
    (result) => ({ result }),
    (errors) => ({ errors }),
  )
  .then((outcome) => process.stdout.write(JSON.stringify(outcome)));
